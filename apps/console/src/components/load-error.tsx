import { Button, Code, Text } from '@mantine/core'
import { failureOf } from '../api/failure-of.ts'
import { useI18n } from '../i18n/i18n.ts'
import { Icon } from './icon.tsx'
import { Notice } from './notice.tsx'

/** Replaces content that could not be loaded. */
export function LoadError({ error, isPage = false, onRetry }: { error: unknown; isPage?: boolean; onRetry(): void }) {
  const { messages } = useI18n()
  const { kind, sentence, requestId } = failureOf(error)
  const { title, lead } = messages.parts.failures[kind]
  return (
    <div role="alert">
      <Notice title={title} lead={sentence ?? lead} isPage={isPage}>
        {requestId ? (
          <Text size="sm" c="dimmed">
            {messages.parts.reference} <Code>{requestId}</Code>
          </Text>
        ) : null}
        <Button variant="default" leftSection={<Icon name="retry" />} onClick={onRetry}>
          {messages.parts.again}
        </Button>
      </Notice>
    </div>
  )
}
