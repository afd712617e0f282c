import type { Status } from '@registration/shared/operator'
import { useI18n } from '../i18n/i18n.ts'

/** A status: its name and a mark of its colour. */
export function StatusMark({ status }: { status: Status }) {
  const { messages } = useI18n()
  return (
    <span className="status" data-status={status}>
      {messages.statuses[status].name}
    </span>
  )
}
