import { useSpeech } from '../texts/speech.ts'
import { useNow } from './use-now.ts'

/** An instant, by how long ago it was; to the second for who points at it. */
export function Moment({ at }: { at: string }) {
  const { format } = useSpeech()
  const now = useNow()
  const date = new Date(at)
  return (
    <time dateTime={at} title={format.instant(date)}>
      {format.ago(date, now)}
    </time>
  )
}
