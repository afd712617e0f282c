import { eventually } from '@registration/test-harness'
import type pg from 'pg'

/**
 * Resolves when recovery has finished every pending and uncertain registration. The partner may go on
 * misbehaving meanwhile.
 *
 * @throws Error with the first unfinished registrations
 */
export function untilAllFinished(database: pg.Pool): Promise<void> {
  const look = async () => {
    const { rows } = await database.query(
      `select id, status, attempts, asking, next_attempt_at - now() as due_in from registrations
       where status in ('pending', 'uncertain') limit 10`,
    )
    if (rows.length > 0) throw new Error(`These are still unfinished: ${JSON.stringify(rows)}`)
  }
  return eventually(look, { everyMs: 250 })
}
