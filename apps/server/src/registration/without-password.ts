import type { RegistrationStore } from './registration-store.ts'
import type { Settlement } from './settlement.ts'

/**
 * The same store, which never sees the password that the partner gave: only whoever is answered with this very
 * settlement gets it.
 */
export function withoutPassword(store: RegistrationStore): RegistrationStore {
  return {
    ...store,
    async settle(claim, settlement) {
      const kept = withoutPasswordOf(settlement)
      const settled = await store.settle(claim, kept)
      // Somebody else's result may have been faster: then what is on file is theirs.
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
