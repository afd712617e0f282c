import type { EventState } from '@registration/shared/operator'
import { useI18n } from '../i18n/i18n.ts'

/** The state of a delivery: its name and a mark of its colour. */
export function EventMark({ state }: { state: EventState }) {
  const { messages } = useI18n()
  return (
    <span className="status" data-status={state}>
      {messages.events.states[state]}
    </span>
  )
}
