import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { findRunningPostgres, startPersistentPostgres } from '../src/index.ts'
import { findPostmaster } from '../src/postmaster.ts'
import { query } from './support/query.ts'
import { spawnPostgres } from './support/spawn-postgres.ts'
import { temporaryFolder } from './support/temporary-folder.ts'
import { usedDataDir } from './support/used-data-dir.ts'

it('finds its data and its password, which only the owner can read, again at the next start', async () => {
  const dataDir = temporaryFolder()
  const first = await startPersistentPostgres({ dataDir })
  await query(first.url, 'CREATE TABLE visitors AS SELECT 42 AS id')
  await first.stop()
  const file = join(dataDir, 'postgres-password')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(new URL(first.url).password).toBe(readFileSync(file, 'utf8'))

  await using second = await startPersistentPostgres({ dataDir })
  expect(await query(second.url, 'SELECT * FROM visitors')).toEqual([{ id: 42 }])
  expect(new URL(second.url).password).toBe(new URL(first.url).password)
  expect(await query(second.url, 'SHOW fsync')).toEqual([{ fsync: 'on' }])
})

it('restarts on the same port after a stop and after a crash', async () => {
  await using postgres = await startPersistentPostgres({ dataDir: await usedDataDir() })
  await query(postgres.url, 'CREATE TABLE visitors AS SELECT 42 AS id')
  await postgres.stop()
  await postgres.restart()
  await postgres.crash()
  await postgres.restart()
  expect(await query(postgres.url, 'SELECT * FROM visitors')).toEqual([{ id: 42 }])
})

it('refuses a second process at once, naming the folder, both processes and the way out', async () => {
  const dataDir = await usedDataDir()
  const first = await spawnPostgres({ dataDir })
  const cluster = join(dataDir, 'postgres')
  const { pid } = findPostmaster(cluster) ?? {}

  const refusal = `The PostgreSQL in ${cluster} is already running: process ${pid}, started by process ${first.process.pid}.`
  await expect(startPersistentPostgres({ dataDir })).rejects.toThrow(refusal)
  await expect(startPersistentPostgres({ dataDir })).rejects.toThrow(/DATA_DIR.*DATABASE_URL/)
  expect(await query(first.url, 'SELECT 1 AS alive')).toEqual([{ alive: 1 }])
})

it('lets one of two first starts at once win, and refuses the other', async () => {
  const dataDir = temporaryFolder()
  const starts = await Promise.allSettled([spawnPostgres({ dataDir }), spawnPostgres({ dataDir })])
  const [won] = starts.filter((start) => start.status === 'fulfilled')
  const [refused] = starts.filter((start) => start.status === 'rejected')
  expect(String(refused?.reason)).toContain('is already running')
  expect(await query(won?.value.url ?? '', 'SELECT 1 AS alive')).toEqual([{ alive: 1 }])
})

it('tells others the URL of the one that runs, and only while it runs', async () => {
  const dataDir = await usedDataDir()
  expect(findRunningPostgres(dataDir)).toBeUndefined()
  await using postgres = await startPersistentPostgres({ dataDir })
  expect(findRunningPostgres(dataDir)).toBe(postgres.url)
  await postgres.crash()
  expect(findRunningPostgres(dataDir)).toBeUndefined()
})

it('says what PostgreSQL said where it does not start', async () => {
  const dataDir = await usedDataDir()
  writeFileSync(join(dataDir, 'postgres', 'PG_VERSION'), '9.6\n')
  await expect(startPersistentPostgres({ dataDir })).rejects.toThrow(
    /did not start in .*\n.*initialized by PostgreSQL version 9.6/s,
  )
})
