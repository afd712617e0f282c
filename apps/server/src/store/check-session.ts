import pg from 'pg'
import { SESSION } from './pool.ts'

/** PostgreSQL's codes for a prepared statement that this session has already, and for one that it hasn't. */
const MIXED_UP = ['42P05', '26000']
/** Prepared as all that has a name. */
const SETTINGS = '/* check-session */ select name, setting from pg_settings where name = any($1)'

/**
 * Finds out what a pooler between us and PostgreSQL makes of our sessions, before visitors do.
 *
 * @returns the settings that didn't arrive
 * @throws Error where another's prepared statements are in the way of ours
 */
export async function checkSession(pool: pg.Pool): Promise<string[]> {
  // A pooler that knows nothing of the statement has the second connection prepare it where the first one's still is.
  await settingsOf(pool)
  const settings = await settingsOf(pool)
  return Object.entries(SESSION)
    .filter(([name, value]) => settings.get(name) !== String(value))
    .map(([name]) => name)
}

/** By a connection that is used for nothing else. */
async function settingsOf(pool: pg.Pool): Promise<Map<string, string>> {
  const client = await pool.connect()
  try {
    const { rows } = await client.query(SETTINGS, [Object.keys(SESSION)])
    return new Map(rows.map(({ name, setting }) => [name, setting]))
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || !MIXED_UP.includes(error.code ?? '')) throw error
    throw new Error(
      'The pooler that DATABASE_URL leads to mixes up prepared statements. PgBouncer keeps them apart from version 1.21 on, with max_prepared_statements above 0.',
      { cause: error },
    )
  } finally {
    client.release(true)
  }
}
