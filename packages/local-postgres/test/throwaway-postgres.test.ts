import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type LocalPostgres, startThrowawayPostgres } from '../src/index.ts'
import { connectedClient } from './support/connected-client.ts'
import { query } from './support/query.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

let postgres: LocalPostgres
beforeAll(async () => {
  postgres = await startThrowawayPostgres()
})
afterAll(() => postgres.stop())

it.each(['wrong', ''])('refuses the password %j', async (password) => {
  const url = new URL(postgres.url)
  url.password = password
  await expect(query(url.href, 'SELECT 1')).rejects.toThrow(/password/)
})

it('keeps every password as a SCRAM verifier', async () => {
  const [role] = await query(postgres.url, 'SELECT rolpassword FROM pg_authid WHERE rolcanlogin')
  expect(role?.['rolpassword']).toMatch(/^SCRAM-SHA-256\$/)
})

it('listens on 127.0.0.1 and on no other address', async () => {
  const elsewhere = connect({ host: '127.0.0.2', port: Number(new URL(postgres.url).port) })
  const [error] = await once(elsewhere, 'error')
  expect(error).toHaveProperty('code', 'ECONNREFUSED')
  expect(await query(postgres.url, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }])
})

it('gives each caller an empty database of its own', async () => {
  const [one, other] = await Promise.all([postgres.createDatabase(), postgres.createDatabase()])
  await query(one, 'CREATE TABLE visitors (email text)')
  await expect(query(other, 'SELECT * FROM visitors')).rejects.toThrow('relation "visitors" does not exist')
})

it('does without disk flushes by default, and takes settings', async () => {
  await using tuned = await startThrowawayPostgres({ fsync: true, settings: { max_connections: '7' } })
  const flushes = `SELECT current_setting('fsync') fsync, current_setting('max_connections') connections`
  expect(await query(postgres.url, flushes)).toEqual([{ fsync: 'off', connections: '300' }])
  expect(await query(tuned.url, flushes)).toEqual([{ fsync: 'on', connections: '7' }])
})

it('keeps what was committed through a crash, under the same URL', async () => {
  const url = await postgres.createDatabase()
  await query(url, 'CREATE TABLE visitors AS SELECT 42 AS id')
  const { cut } = await connectedClient(url)
  await postgres.crash()
  await cut
  await expect(query(url, 'SELECT 1')).rejects.toThrow('ECONNREFUSED')

  await postgres.restart()
  expect(await query(url, 'SELECT * FROM visitors')).toEqual([{ id: 42 }])
})

it('refuses to restart while it runs', async () => {
  await expect(postgres.restart()).rejects.toThrow('stop or crash it first')
})

it('stops although a client is connected, and leaves no file behind', async () => {
  vi.stubEnv('TMPDIR', temporaryFolder())
  const stopped = await startThrowawayPostgres()
  const { cut } = await connectedClient(stopped.url)
  await stopped.stop()
  await cut
  expect(readdirSync(process.env['TMPDIR'] ?? '')).toEqual([])
  vi.unstubAllEnvs()
})
