import type { RegistrationStore } from './registration-store.ts'
import type { Settlement } from './settlement.ts'

/**
 * Wraps the store so that it never gets the partner's password. Only the response to the request that made the call has it.
 */
export function withoutPassword(store: RegistrationStore): RegistrationStore {
  return {
    ...store,
    async settle(claim, settlement) {
      const kept = withoutPasswordOf(settlement)
      const settled = await store.settle(claim, kept)
      // Another process may have saved its result first.
      const isOurs = 'answer' in kept && kept.answer !== null && settled.partnerAccount === kept.answer
      return isOurs && 'answer' in settlement ? { ...settled, partnerAccount: settlement.answer } : settled
    },
  }
}

function withoutPasswordOf(settlement: Settlement): Settlement {
  if (!('answer' in settlement) || settlement.answer === null) return settlement
  const { password: _, ...answer } = settlement.answer
  return { ...settlement, answer }
}
