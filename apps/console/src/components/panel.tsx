import { Group, Paper, Text, Title } from '@mantine/core'
import { type ReactNode, useId } from 'react'

export interface PanelProps {
  title: string
  /** What is counted, and the unit. */
  note?: string | undefined
  /** Beside the title. */
  aside?: ReactNode
  children: ReactNode
}

/** A titled part of a page. */
export function Panel({ title, note, aside, children }: PanelProps) {
  const id = useId()
  return (
    <Paper component="section" withBorder radius="lg" p={{ base: 'md', sm: 'lg' }} aria-labelledby={id} h="100%">
      <Group justify="space-between" align="flex-start" wrap="nowrap" mb="md">
        <div>
          <Title order={2} size="h5" id={id}>
            {title}
          </Title>
          {note ? (
            <Text size="sm" c="dimmed">
              {note}
            </Text>
          ) : null}
        </div>
        {aside}
      </Group>
      {children}
    </Paper>
  )
}
