import { expect, it } from 'vitest'
import { startThrowawayPostgres } from '../src/index.ts'
import { connectedClient } from './support/connected-client.ts'
import { query } from './support/query.ts'

it('has what its primary had and committed since, and takes its place when that is killed', async () => {
  await using primary = await startThrowawayPostgres()
  const database = await primary.createDatabase()
  await query(database, 'CREATE TABLE visitors AS SELECT 1 AS id')
  await using standby = await primary.startStandby()
  await query(database, 'INSERT INTO visitors VALUES (2)')
  const { cut } = await connectedClient(database)
  await primary.kill()
  await cut

  const there = new URL(database)
  there.port = new URL(standby.url).port
  await expect(query(there.href, 'INSERT INTO visitors VALUES (3)')).rejects.toThrow('read-only transaction')
  await standby.promote()
  await query(there.href, 'INSERT INTO visitors VALUES (3)')
  expect(await query(there.href, 'SELECT id FROM visitors ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }])
})

it('is waited for by each commit of its primary, and can be replaced on the port of a dead server', async () => {
  await using primary = await startThrowawayPostgres()
  const standby = await primary.startStandby()
  await standby.stop()
  const waiting = query(primary.url, 'CREATE TABLE visitors (id int)')
  const waits = `SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'`
  await expect.poll(() => query(primary.url, waits)).toHaveLength(1)
  await using next = await primary.startStandby({ port: Number(new URL(standby.url).port) })
  await waiting
  expect(next.url).toBe(standby.url)
  await primary.kill()
  await next.promote()
  expect(await query(next.url, `SELECT to_regclass('visitors') AS there`)).toEqual([{ there: 'visitors' }])
})
