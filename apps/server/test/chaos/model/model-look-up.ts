import type { LookUpResult, PartnerCall } from '../../../src/registration/partner.ts'
import { foldEmail } from '../../../src/registration/registration.ts'
import type { Books } from './books.ts'
import type { Life } from './life.ts'
import { type Act, PARTNER_TIMEOUT_MS } from './plan.ts'
import type { VirtualTime } from './virtual-time.ts'

/** @param actOf what goes wrong with the next question; undefined: it is answered well */
export function createModelLookUp(time: VirtualTime, books: Books, actOf: () => Act | undefined) {
  function find({ registrationId, email }: PartnerCall): LookUpResult {
    const accounts = books.accounts()
    const own = accounts.findIndex((account) => account.registrationId === registrationId)
    if (own >= 0) {
      return { kind: 'accepted', answer: {}, depositUrl: `https://partner.example/deposit?account=${own + 1}` }
    }
    const isKnown = accounts.some((account) => foldEmail(account.email) === foldEmail(email))
    return { kind: isKnown ? 'present' : 'absent' }
  }

  return async (order: PartnerCall, { clock }: Life): Promise<LookUpResult> => {
    const { says, saysAfterMs } = actOf() ?? { says: 'answer', saysAfterMs: 50 }
    switch (says) {
      case 'answer':
      case 'no-link': {
        // As it was when the partner looked, and late news by then.
        const found = find(order)
        await time.pause(Math.min(saysAfterMs, PARTNER_TIMEOUT_MS))
        return found
      }
      case 'busy':
      case 'busy-for-long':
      case 'unreachable':
        return { kind: 'not-processed', reason: says, reached: says !== 'unreachable' }
      default:
        await clock.pause(PARTNER_TIMEOUT_MS)
        return { kind: 'unknown', reason: says, answeredCompletely: says === 'error-500' }
    }
  }
}
