import { Button, Code, Text } from '@mantine/core'
import { failureOf } from '../api/failure-of.ts'
import { useSpeech } from '../texts/speech.ts'
import { Icon } from './icon.tsx'
import { Notice } from './notice.tsx'

/** In the place of content that could not be read. */
export function Failed({ error, isPage = false, onRetry }: { error: unknown; isPage?: boolean; onRetry(): void }) {
  const { texts } = useSpeech()
  const { kind, sentence, requestId } = failureOf(error)
  const { title, lead } = texts.parts.failures[kind]
  return (
    <div role="alert">
      <Notice title={title} lead={sentence ?? lead} isPage={isPage}>
        {requestId ? (
          <Text size="sm" c="dimmed">
            {texts.parts.reference} <Code>{requestId}</Code>
          </Text>
        ) : null}
        <Button variant="default" leftSection={<Icon name="retry" />} onClick={onRetry}>
          {texts.parts.again}
        </Button>
      </Notice>
    </div>
  )
}
