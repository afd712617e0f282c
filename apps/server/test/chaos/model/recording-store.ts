import type { OutageJournal } from '../../../src/journal/outage-journal.ts'
import type { ClaimedCall } from '../../../src/registration/registration-store.ts'
import type { History, RecordedResult } from './history.ts'
import type { SimulatedStore, SimulationContext } from './simulation-context.ts'

/** A store that records claims and results in the history, whether or not the process learns of them. */
export function recordingStore(
  store: SimulatedStore,
  { history, time, databaseNow }: SimulationContext,
  by: string,
): SimulatedStore {
  const recordClaim = ({ id, attempt }: ClaimedCall) => {
    // A retry after a lost answer returns the same claim.
    if (history.claims.some((claim) => claim.registrationId === id && claim.attempt === attempt)) return
    history.claims.push({ registrationId: id, attempt, by, at: time.now, databaseAt: databaseNow() })
  }
  return {
    ...store,
    async insertIntent(intent, isProven) {
      const inserted = await store.insertIntent(intent, isProven)
      if (inserted.kind === 'inserted') recordClaim(inserted.claim)
      return inserted
    },
    async claim(seen, claimId) {
      const claim = await store.claim(seen, claimId)
      if (claim) recordClaim(claim)
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

/** A journal that records its entries in the history. */
export function recordingJournal(journal: OutageJournal, { history }: SimulationContext, by: string): OutageJournal {
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

/** The record of one call's result: one record, however often saving is tried. */
function resultOf(
  { results }: History,
  { id, attempt, by, settlement }: ClaimedCall & Pick<RecordedResult, 'by' | 'settlement'>,
): RecordedResult {
  const known = results.find((result) => result.registrationId === id && result.attempt === attempt)
  if (known) return known
  const result: RecordedResult = { registrationId: id, attempt, by, settlement, journaled: false, diskFailed: false }
  results.push(result)
  return result
}
