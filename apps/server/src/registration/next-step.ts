import type { Policy } from './policy.ts'
import { isFinal, type Registration } from './registration.ts'
import type { Closure } from './settlement.ts'

/** What to do about a registration now. */
export type Step =
  /** Nothing more can be learned in time: answer with what is known. */
  | { do: 'reply' }
  /** Something may happen without us until `ms` have passed: look again then. */
  | { do: 'watch'; ms: number }
  /** Claim the next call and make it. */
  | { do: 'ask-partner' }
  | { do: 'close'; closure: Closure }

const REPLY: Step = { do: 'reply' }
const ASK_PARTNER: Step = { do: 'ask-partner' }

/** Decides the next step of somebody who can wait for `msLeft`; recovery, which has no caller, waits for nothing. */
export function nextStep(
  registration: Registration,
  policy: Pick<Policy, 'probeForMs'> & { mayProbe: boolean },
  msLeft: number,
): Step {
  const { status, asking, nextAttemptInMs } = registration
  if (isFinal(status) || status === 'stuck') return REPLY

  // Its call is under way, and the outcome may come at any moment.
  if (asking && nextAttemptInMs > 0) {
    return msLeft > 0 ? { do: 'watch', ms: Math.min(nextAttemptInMs, msLeft) } : REPLY
  }

  // A lease that ran out without a result is as unknown as an answer that never came.
  if (asking || status === 'uncertain') {
    if (!policy.mayProbe) return stuck('NOT_UNIQUE_BY_EMAIL')
    if (registration.uncertainForMs > policy.probeForMs) return stuck('PROBED_IN_VAIN')
    if (nextAttemptInMs === 0) return ASK_PARTNER
    return nextAttemptInMs < msLeft ? { do: 'watch', ms: nextAttemptInMs } : REPLY
  }

  // The partner certainly has nothing.
  if (nextAttemptInMs >= msLeft) return { do: 'close', closure: { to: 'released' } }
  return nextAttemptInMs > 0 ? { do: 'watch', ms: nextAttemptInMs } : ASK_PARTNER
}

function stuck(reason: 'NOT_UNIQUE_BY_EMAIL' | 'PROBED_IN_VAIN'): Step {
  return { do: 'close', closure: { to: 'stuck', reason } }
}
