import { expect, it } from 'vitest'
import { startChaosWorld } from './support/chaos-world.ts'
import { startHeldPartner } from './support/held-partner.ts'
import { checkInvariants } from './support/invariants.ts'
import { untilQuiet } from './support/quiescence.ts'
import { type Door, sendRequest } from './support/send-request.ts'
import { visit } from './support/visit.ts'

it('finishes the registration of a caller who hung up, and has the link when they are back', async () => {
  await using partner = await startHeldPartner()
  await using world = await startChaosWorld({ replicas: 1, partner })
  const [server] = world.servers

  const leave = async (door: Door) => {
    const page = { name: 'Ann', email: `${door}@chaos.example`, key: `key of ${door}`, door }
    const caller = new AbortController()
    const request = { email: page.email, visitorId: page.name, idempotencyKey: page.key }
    const reply = sendRequest(server?.url, door, request, caller.signal)
    await partner.until(({ calls }) => calls.some(({ email }) => email === page.email))
    caller.abort()
    expect((await reply).code).toBe('NETWORK')
    return page
  }
  const pages = await Promise.all((['rest', 'trpc'] as const).map(leave))
  partner.release()
  await untilQuiet(world.database)

  const comeBack = (page: (typeof pages)[number]) => visit({ ...page, target: () => server, patienceMs: 0 })
  const visits = await Promise.all(pages.map(comeBack))
  for (const { last } of visits) expect(last).toMatchObject({ code: 'SUCCEEDED', answer: { replayed: true } })
  const { calls } = await checkInvariants(world, visits)
  expect(calls).toHaveLength(2)
})
