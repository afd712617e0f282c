import { useDocumentVisibility } from '@mantine/hooks'
import { useI18n } from '../i18n/i18n.ts'

/** Says whether the data is live, and when it was read. */
export function Freshness({ readAt, failing }: { readAt: number; failing: boolean }) {
  const { messages, format } = useI18n()
  const hidden = useDocumentVisibility() === 'hidden'
  if (readAt === 0) return null
  const time = format.clock(new Date(readAt))
  const state = failing ? 'stale' : hidden ? 'paused' : 'live'
  return (
    <span className="freshness" data-state={state}>
      {messages.parts.freshness[state](time)}
    </span>
  )
}
