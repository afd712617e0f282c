import type { EventState } from '@registration/shared/operator'
import { useSpeech } from '../texts/speech.ts'

/** Whether an app was told, by its name, with a mark of its colour: who sees no colours reads it. */
export function EventMark({ state }: { state: EventState }) {
  const { texts } = useSpeech()
  return (
    <span className="status" data-status={state}>
      {texts.events.states[state]}
    </span>
  )
}
