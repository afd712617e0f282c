import { Paper, Text } from '@mantine/core'
import type { ReactNode } from 'react'

export interface FigureProps {
  name: string
  value: string
  note: ReactNode
  /** Red where somebody has to act. */
  urgent?: boolean
}

/** One number that says how things stand. */
export function Figure({ name, value, note, urgent = false }: FigureProps) {
  return (
    <Paper component="li" withBorder radius="lg" p={{ base: 'md', sm: 'lg' }} className="figure" data-urgent={urgent}>
      <Text size="sm" c="dimmed">
        {name}
      </Text>
      <Text className="figure-value">{value}</Text>
      <Text component="div" size="sm" c="dimmed">
        {note}
      </Text>
    </Paper>
  )
}
