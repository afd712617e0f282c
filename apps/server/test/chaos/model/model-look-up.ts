import type { LookUpResult, PartnerCall } from '../../../src/registration/partner.ts'
import { foldEmail } from '../../../src/registration/registration.ts'
import type { PartnerBackend } from './partner-backend.ts'
import { PARTNER_TIMEOUT_MS, type ScriptedAnswer } from './scenario.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import type { VirtualTime } from './virtual-time.ts'

/** @param answerFor the answer to the next lookup; undefined for a normal one */
export function createModelLookUp(
  time: VirtualTime,
  backend: PartnerBackend,
  answerFor: () => ScriptedAnswer | undefined,
) {
  function find({ registrationId, email }: PartnerCall): LookUpResult {
    const accounts = backend.accounts()
    const own = accounts.findIndex((account) => account.registrationId === registrationId)
    if (own >= 0) {
      return { kind: 'accepted', answer: {}, depositUrl: `https://partner.example/deposit?account=${own + 1}` }
    }
    const isKnown = accounts.some((account) => foldEmail(account.email) === foldEmail(email))
    return { kind: isKnown ? 'present' : 'absent' }
  }

  return async (request: PartnerCall, { clock }: SimulatedProcess): Promise<LookUpResult> => {
    const { kind, answerAfterMs } = answerFor() ?? { kind: 'answer', answerAfterMs: 50 }
    switch (kind) {
      case 'answer':
      case 'no-link': {
        // Found when the request arrived; it may have changed by the time the answer does.
        const found = find(request)
        await time.pause(Math.min(answerAfterMs, PARTNER_TIMEOUT_MS))
        return found
      }
      case 'busy':
      case 'busy-for-long':
      case 'unreachable':
        return { kind: 'not-processed', reason: kind, reached: kind !== 'unreachable' }
      default:
        await clock.pause(PARTNER_TIMEOUT_MS)
        return { kind: 'unknown', reason: kind, answeredCompletely: kind === 'error-500' }
    }
  }
}
