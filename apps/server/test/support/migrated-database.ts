import { createHash, randomUUID } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { inject } from 'vitest'
import { runCommand } from './run-commands.ts'

/** Named by the hash of the migrations, since in watch mode they may change while PostgreSQL keeps running. */
const TEMPLATE = `migrated_${hashOf('../../src/store/migrations/*.ts')}`
/** An advisory lock that nothing else on this PostgreSQL uses. */
const LOCK = 7_300_001

/**
 * Creates a database with the server's tables and returns its URL. Copying a template takes half the time of running all
 * migrations. The first call in a run creates the template.
 */
export async function migratedDatabase(): Promise<string> {
  const url = new URL(inject('postgresUrl'))
  const client = new pg.Client({ connectionString: url.href })
  await client.connect()
  try {
    await ensureTemplate(client, url)
    const name = `db_${randomUUID().replaceAll('-', '')}`
    await client.query(`create database ${name} template ${TEMPLATE}`)
    return databaseAt(url, name)
  } finally {
    await client.end()
  }
}

async function ensureTemplate(client: pg.Client, url: URL): Promise<void> {
  const exists = async () =>
    (await client.query('select from pg_database where datname = $1', [TEMPLATE])).rowCount === 1
  if (await exists()) return
  // Locks, since test files run in different processes.
  await client.query('select pg_advisory_lock($1)', [LOCK])
  try {
    if (await exists()) return
    const unfinished = `${TEMPLATE}_unfinished`
    await client.query(`drop database if exists ${unfinished}`)
    await client.query(`create database ${unfinished}`)
    const env = { DATABASE_URL: databaseAt(url, unfinished), PARTNER_URL: 'http://127.0.0.1:9' }
    const { exitCode, err } = await runCommand(env, ['migrate'])
    if (exitCode !== 0) throw new Error(err)
    await client.query(`alter database ${unfinished} rename to ${TEMPLATE}`)
  } finally {
    await client.query('select pg_advisory_unlock($1)', [LOCK])
  }
}

function databaseAt(server: URL, name: string): string {
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}

function hashOf(pattern: string): string {
  const hash = createHash('sha256')
  for (const file of globSync(join(import.meta.dirname, pattern)).sort()) hash.update(readFileSync(file))
  return hash.digest('hex').slice(0, 16)
}
