import { once } from 'node:events'
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { startPersistentPostgres } from '../src/index.ts'
import { findPostmaster, findProcessName, spawnOnCluster } from '../src/postmaster.ts'
import { query } from './support/query.ts'
import { spawnPostgres } from './support/spawn-postgres.ts'
import { temporaryFolder } from './support/temporary-folder.ts'
import { usedDataDir } from './support/used-data-dir.ts'

it('ends the throw-away server and removes its files when its parent is killed', async () => {
  const TMPDIR = temporaryFolder()
  chmodSync(TMPDIR, 0o1777)
  const { process: parent } = await spawnPostgres({ env: { TMPDIR } })
  const [name = ''] = readdirSync(TMPDIR)
  const { pid = 0 } = findPostmaster(join(TMPDIR, name)) ?? {}
  expect(findProcessName(pid)).toBe('postgres')

  parent.kill('SIGKILL')
  await expect.poll(() => findProcessName(pid)).toBeUndefined()
  await expect.poll(() => readdirSync(TMPDIR)).toEqual([])
})

it('starts at once after its parent was killed, as soon as the orphaned server has ended', async () => {
  const dataDir = await usedDataDir()
  const { url, process: parent } = await spawnPostgres({ dataDir })
  await query(url, 'CREATE TABLE visitors AS SELECT 42 AS id')
  const { pid = 0 } = findPostmaster(join(dataDir, 'postgres')) ?? {}
  expect(findProcessName(pid)).toBe('postgres')

  parent.kill('SIGKILL')
  await once(parent, 'exit')
  await using next = await startPersistentPostgres({ dataDir })
  expect(findProcessName(pid)).toBeUndefined()
  expect(await query(next.url, 'SELECT * FROM visitors')).toEqual([{ id: 42 }])
})

it('keeps all commits when parent and server are killed together', async () => {
  const dataDir = await usedDataDir()
  const { url, process: parent } = await spawnPostgres({ dataDir })
  await query(url, 'CREATE TABLE visitors AS SELECT 42 AS id')
  const { pid = 0 } = findPostmaster(join(dataDir, 'postgres')) ?? {}

  process.kill(pid, 'SIGKILL')
  parent.kill('SIGKILL')
  await once(parent, 'exit')
  await using next = await startPersistentPostgres({ dataDir })
  expect(await query(next.url, 'SELECT * FROM visitors')).toEqual([{ id: 42 }])
})

it('starts although the number in a killed server’s lock file has become somebody else’s', async () => {
  const dataDir = await usedDataDir()
  const { url, process: parent } = await spawnPostgres({ dataDir })
  await query(url, 'CREATE TABLE visitors AS SELECT 42 AS id')
  const lockFile = join(dataDir, 'postgres', 'postmaster.pid')
  const { pid = 0 } = findPostmaster(join(dataDir, 'postgres')) ?? {}
  process.kill(pid, 'SIGKILL')
  parent.kill('SIGKILL')
  await once(parent, 'exit')
  // It counts with PostgreSQL where the process is its own user's.
  const stranger = spawnOnCluster(join(dataDir, 'postgres'), 'cat', [])
  onTestFinished(() => void stranger.stdin.end())
  writeFileSync(lockFile, readFileSync(lockFile, 'utf8').replace(/^\d+/, String(stranger.pid)))

  await using next = await startPersistentPostgres({ dataDir })
  expect(await query(next.url, 'SELECT * FROM visitors')).toEqual([{ id: 42 }])
})

it('does not hear the Ctrl-C meant for its parent, which may still need it', async () => {
  const { process: parent } = await spawnPostgres({})
  process.kill(-(parent.pid ?? 0), 'SIGINT')
  expect(await once(parent, 'exit')).toEqual([0, null])
})
