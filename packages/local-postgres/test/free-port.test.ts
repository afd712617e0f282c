import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { createCluster } from '../src/cluster.ts'
import { launchOnFreePort } from '../src/postmaster.ts'
import { prepareBinaries } from '../src/prepare-binaries.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

it('takes the next port when somebody else has just taken the one it picked', async () => {
  const [other, leaving] = [await listen(), await listen()]
  onTestFinished(() => void other.close())
  const [taken, free] = [other, leaving].map((server) => (server.address() as AddressInfo).port)
  leaving.close()
  await once(leaving, 'close')

  const cluster = temporaryFolder()
  const binaries = prepareBinaries()
  await createCluster({ binaries, cluster, password: 'secret', fsync: false })
  const picks = [taken, taken, free]
  const postmaster = await launchOnFreePort({ binaries, cluster, settings: { fsync: 'off' } }, () => picks.shift() ?? 0)
  await postmaster.end('QUIT')

  expect(postmaster.port).toBe(free)
})

async function listen(): Promise<Server> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}
