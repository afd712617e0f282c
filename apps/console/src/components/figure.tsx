import { Anchor, Paper, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { Link } from 'wouter'

export interface FigureProps {
  name: string
  value: string
  /** A link to the registrations that it counts. */
  href: string
  note: ReactNode
  /** Red if an operator has to act. */
  urgent?: boolean
}

/** One key figure. */
export function Figure({ name, value, href, note, urgent = false }: FigureProps) {
  return (
    <Paper component="li" withBorder radius="lg" p={{ base: 'md', sm: 'lg' }} className="figure" data-urgent={urgent}>
      <Anchor component={Link} href={href} size="sm">
        {name}
      </Anchor>
      <Text className="figure-value">{value}</Text>
      <Text component="div" size="sm" c="dimmed">
        {note}
      </Text>
    </Paper>
  )
}
