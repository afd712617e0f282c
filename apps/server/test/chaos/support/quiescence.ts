import type pg from 'pg'
import { vi } from 'vitest'
import { HANGS_MS } from './visit.ts'

const LOOK_EVERY_MS = 250

/**
 * Resolves when no registration is pending or uncertain any more, which recovery sees to. The partner may go on
 * misbehaving meanwhile.
 *
 * @throws Error with what is left after `withinMs`
 */
export async function untilQuiet(database: pg.Pool, withinMs = HANGS_MS): Promise<void> {
  await vi.waitFor(
    async () => {
      const { rows } = await database.query(
        `select id, status, attempts, asking, next_attempt_at - now() as due_in from registrations
         where status in ('pending', 'uncertain') limit 10`,
      )
      if (rows.length > 0) throw new Error(`After ${withinMs} ms these are still unfinished: ${JSON.stringify(rows)}`)
    },
    { interval: LOOK_EVERY_MS, timeout: withinMs },
  )
}
