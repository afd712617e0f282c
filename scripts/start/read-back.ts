import { findRunningPostgres } from '@registration/local-postgres'
import pg from 'pg'

/** A registration as the database of a data folder has it. */
export interface ReadBack {
  databaseUrl: string
  /** The columns of `registrations` that show the outcome for the visitor. */
  row: Record<string, unknown>
  /** How many registrations there are by now. */
  count: number
}

/** Reads a registration back from the PostgreSQL that the server runs, past the server. */
export async function readBack(dataDir: string, registrationId: string): Promise<ReadBack> {
  const databaseUrl = findRunningPostgres(dataDir)
  if (!databaseUrl) throw new Error(`No PostgreSQL runs in ${dataDir}.`)
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const { rows } = await client.query(
      `SELECT id, status, email, name, partner_domain, partner_login, deposit_url, attempts, created_at,
              (SELECT count(*)::int FROM registrations) AS count
         FROM registrations WHERE id = $1`,
      [registrationId],
    )
    const { count, ...row } = rows[0]
    return { databaseUrl, row, count }
  } finally {
    await client.end()
  }
}
