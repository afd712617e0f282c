import type { RegisteringStep } from './step.ts'
import type { Texts } from './texts/texts.ts'

/** The sentence for a waiting visitor. It says no more than is known. */
export function progressSentence({ resumed, status, details }: RegisteringStep, texts: Texts): string {
  const { sending, resumed: resuming, waiting, retrying, reconnecting } = texts.registering
  const wait = texts.wait(Math.ceil((details.retryInMs ?? 0) / 1000))
  if (status === 'waiting') return waiting(wait)
  if (status === 'retrying') return details.code === 'NETWORK' ? reconnecting(wait) : retrying(wait)
  return resumed ? resuming : sending
}
