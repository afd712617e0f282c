import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { createCluster } from '../src/create-cluster.ts'
import { launchOnFreePort } from '../src/launch-on-free-port.ts'
import { prepareBinaries } from '../src/prepare-binaries.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

it('takes the next port when somebody else has just taken the one it picked', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void other.close())
  await once(other, 'listening')
  const { port: taken } = other.address() as AddressInfo

  const cluster = temporaryFolder()
  const binaries = prepareBinaries()
  await createCluster({ binaries, cluster, password: 'secret', fsync: false })
  const picks = [taken, taken, 23_517]
  const postmaster = await launchOnFreePort({ binaries, cluster, settings: { fsync: 'off' } }, () => picks.shift() ?? 0)
  await postmaster.end('QUIT')

  expect(postmaster.port).toBe(23_517)
})
