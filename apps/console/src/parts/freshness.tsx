import { useDocumentVisibility } from '@mantine/hooks'
import { useSpeech } from '../texts/speech.ts'

/** Whether what is shown is live, and as of when. */
export function Freshness({ readAt, failing }: { readAt: number; failing: boolean }) {
  const { texts, format } = useSpeech()
  const hidden = useDocumentVisibility() === 'hidden'
  if (readAt === 0) return null
  const time = format.clock(new Date(readAt))
  const state = failing ? 'stale' : hidden ? 'paused' : 'live'
  return (
    <span className="freshness" data-state={state}>
      {texts.parts.freshness[state](time)}
    </span>
  )
}
