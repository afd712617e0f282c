import type { Status } from '@registration/shared/operator'
import { useSpeech } from '../texts/speech.ts'

/** A status by its name, with a mark of its colour: who sees no colours reads it. */
export function StatusMark({ status }: { status: Status }) {
  const { texts } = useSpeech()
  return (
    <span className="status" data-status={status}>
      {texts.statuses[status].name}
    </span>
  )
}
