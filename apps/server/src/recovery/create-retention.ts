import type { Chore } from './chore.ts'

export interface RetentionOptions {
  retainForMs: number
  /** Deletes what is older, at most `limit` of it, and says how many. */
  deleteOlder(ms: number, limit: number): Promise<number>
  onDeleted(registrations: number): void
}

/** A commit of so many rows holds their locks for some milliseconds. */
const BATCH = 500
/** Not at the full hour, when everybody does something. */
const HOURLY = '17 * * * *'

/** Registrations that have reached their age are deleted within the hour. */
export function createRetention({ retainForMs, deleteOlder, onDeleted }: RetentionOptions): Chore {
  return {
    name: 'registration-retention',
    cron: HOURLY,
    async run() {
      let total = 0
      let deleted = 0
      do {
        deleted = await deleteOlder(retainForMs, BATCH)
        total += deleted
      } while (deleted === BATCH)
      if (total > 0) onDeleted(total)
    },
  }
}
