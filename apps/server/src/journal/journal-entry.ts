import type { ClaimedCall } from '../registration/registration-store.ts'
import type { Settlement } from '../registration/settlement.ts'

/** A result that could not be written to the database yet. */
export interface JournalEntry {
  call: ClaimedCall
  settlement: Settlement
}
