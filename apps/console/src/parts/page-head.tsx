import { Group, Text, Title } from '@mantine/core'
import { type ReactNode, useEffect } from 'react'
import { useSpeech } from '../texts/speech.ts'

export interface PageHeadProps {
  title: string
  /** In the tab and in the browser's history, where a person's e-mail has no business; the title by default. */
  tab?: string
  lead?: ReactNode
  children?: ReactNode
}

/** A page's title, with what can be chosen for the whole page. */
export function PageHead({ title, tab = title, lead, children }: PageHeadProps) {
  const { texts } = useSpeech()
  useEffect(() => {
    document.title = `${tab} · ${texts.product}`
  }, [tab, texts])
  return (
    <Group justify="space-between" align="flex-end" mb="lg" gap="md">
      <div>
        <Title order={1} size="h2" className="breaks">
          {title}
        </Title>
        {lead ? (
          <Text component="div" size="sm" c="dimmed" mt={4}>
            {lead}
          </Text>
        ) : null}
      </div>
      {children}
    </Group>
  )
}
