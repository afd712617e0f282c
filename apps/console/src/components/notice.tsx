import { Stack, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'

export interface NoticeProps {
  title: string
  lead: string
  /** Whether the notice is the page's only content. */
  isPage?: boolean
  children?: ReactNode
}

/** Replaces content: the problem, its reason and the remedy. */
export function Notice({ title, lead, isPage = false, children }: NoticeProps) {
  return (
    <Stack align="center" gap="xs" py={56} px="md" ta="center">
      <Title order={isPage ? 1 : 2} size="h4">
        {title}
      </Title>
      <Text c="dimmed" maw={440} mb="xs">
        {lead}
      </Text>
      {children}
    </Stack>
  )
}
