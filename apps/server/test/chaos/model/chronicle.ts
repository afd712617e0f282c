import type { OutageJournal } from '../../../src/journal/outage-journal.ts'
import type { ClaimedCall } from '../../../src/registration/registration-store.ts'
import type { History, Result } from './history.ts'
import type { World, WorldStore } from './world.ts'

/** A database whose claims and results go down in history, whether or not their process learns of them. */
export function chronicledStore(store: WorldStore, { history, time, databaseNow }: World, by: string): WorldStore {
  const claimed = ({ id, attempt }: ClaimedCall) => {
    // Asked again for a claim whose answer was lost, it is the same one.
    if (history.claims.some((claim) => claim.registrationId === id && claim.attempt === attempt)) return
    history.claims.push({ registrationId: id, attempt, by, at: time.now, databaseAt: databaseNow() })
  }
  return {
    ...store,
    async insertIntent(intent, isProven) {
      const beginning = await store.insertIntent(intent, isProven)
      if (beginning.kind === 'inserted') claimed(beginning.claim)
      return beginning
    },
    async claim(seen, claimId) {
      const claim = await store.claim(seen, claimId)
      if (claim) claimed(claim)
      return claim
    },
    async settle(call, settlement) {
      const result = resultOf(history, { ...call, by, settlement })
      const settled = await store.settle(call, settlement)
      result.savedAt ??= databaseNow()
      return settled
    },
    async write(call, settlement, how) {
      const result = resultOf(history, { ...call, by, settlement })
      await store.write(call, settlement, how)
      result.savedAt ??= databaseNow()
    },
  }
}

/** A journal whose entries go down in history. */
export function chronicledJournal(journal: OutageJournal, { history }: World, by: string): OutageJournal {
  return {
    ...journal,
    async append({ call, settlement }) {
      const result = resultOf(history, { ...call, by, settlement })
      try {
        await journal.append({ call, settlement })
        result.journaled = true
      } catch (error) {
        result.diskFailed = true
        throw error
      }
    },
  }
}

/** The result of one call, written once however often it is tried to be saved. */
function resultOf(
  { results }: History,
  { id, attempt, by, settlement }: ClaimedCall & Pick<Result, 'by' | 'settlement'>,
): Result {
  const known = results.find((result) => result.registrationId === id && result.attempt === attempt)
  if (known) return known
  const result: Result = { registrationId: id, attempt, by, settlement, journaled: false, diskFailed: false }
  results.push(result)
  return result
}
