import { expect, it } from 'vitest'
import { startHeldPartner } from './support/held-partner.ts'
import { checkInvariants } from './support/invariants.ts'
import { sendRequest, type Transport } from './support/send-request.ts'
import { startTestCluster } from './support/test-cluster.ts'
import { untilAllFinished } from './support/until-all-finished.ts'
import { visit } from './support/visit.ts'

it('the registration of a caller who hung up finishes, and a repeated request gets the link', async () => {
  await using partner = await startHeldPartner()
  await using cluster = await startTestCluster({ replicas: 1, partner })
  const [server] = cluster.servers

  const leave = async (transport: Transport) => {
    const page = { name: 'Ann', email: `${transport}@chaos.example`, key: `idempotency key ${transport}`, transport }
    const caller = new AbortController()
    const request = { email: page.email, visitorId: page.name, idempotencyKey: page.key }
    const reply = sendRequest(server?.url, transport, request, caller.signal)
    await partner.until(({ calls }) => calls.some(({ email }) => email === page.email))
    caller.abort()
    expect((await reply).code).toBe('NETWORK')
    return page
  }
  const pages = await Promise.all((['rest', 'trpc'] as const).map(leave))
  partner.release()
  await untilAllFinished(cluster.database)

  const comeBack = (page: (typeof pages)[number]) => visit({ ...page, target: () => server, patienceMs: 0 })
  const visits = await Promise.all(pages.map(comeBack))
  for (const { last } of visits) expect(last).toMatchObject({ code: 'SUCCEEDED', answer: { replayed: true } })
  const { calls } = await checkInvariants(cluster, visits)
  expect(calls).toHaveLength(2)
})
