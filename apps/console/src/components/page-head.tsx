import { Group, Text, Title } from '@mantine/core'
import { type ReactNode, useEffect } from 'react'
import { useI18n } from '../i18n/i18n.ts'

export interface PageHeadProps {
  title: string
  /** The title of the tab, by default the page's. Tab titles stay in the browser's history, so they contain no e-mail. */
  tab?: string
  lead?: ReactNode
  children?: ReactNode
}

/** A page's title with the controls that apply to the whole page. */
export function PageHead({ title, tab = title, lead, children }: PageHeadProps) {
  const { messages } = useI18n()
  useEffect(() => {
    document.title = `${tab} · ${messages.product}`
  }, [tab, messages])
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
