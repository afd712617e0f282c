import { useI18n } from '../i18n/i18n.ts'
import { useNow } from './use-now.ts'

/** Shows how long ago an instant was, and the exact time as a tooltip. */
export function DateTime({ at }: { at: string }) {
  const { format } = useI18n()
  const now = useNow()
  const date = new Date(at)
  return (
    <time dateTime={at} title={format.instant(date)}>
      {format.ago(date, now)}
    </time>
  )
}
