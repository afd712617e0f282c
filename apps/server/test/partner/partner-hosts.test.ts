import type { MisbehaviourName } from '@registration/partner-sandbox'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rowsOf, startServer, type TestServer } from '../support/start-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer({
    env: {
      REDIRECT_HOSTS: 'partner.example,*.partner.example',
      // No test waits this long: an unknown result is answered at once, since its lease outlasts the deadline.
      PARTNER_TIMEOUT_MS: '300000',
      REQUEST_DEADLINE_MS: '600000',
    },
  })
})
afterAll(() => server[Symbol.asyncDispose]())

const HOSTILE: MisbehaviourName[] = [
  'link-userinfo',
  'link-host-suffix',
  'link-double-slash',
  'link-foreign-domain',
  'link-domain-userinfo',
  'link-javascript',
]

describe.each(['rest', 'trpc'] as const)('with REDIRECT_HOSTS, over %s,', (transport) => {
  it.each(HOSTILE)('no response sends the visitor to another host: %s', async (misbehaviour) => {
    const email = `${misbehaviour}-${transport}@example.com`
    server.partner.misbehave(email, misbehaviour)
    const request = { email, visitorId: 'v', idempotencyKey: `the key of ${email}` }
    for (let times = 1; times <= 2; times++) {
      const { status, answer } = await server[transport].orchestrateRegistration(request)
      expect(status).toBe(200)
      const { depositUrl } = answer as { depositUrl: string | null }
      if (depositUrl !== null) expect(new URL(depositUrl).hostname).toBe('partner.example')
    }
    const [row] = await rowsOf(server, email)
    expect(row?.deposit_url ?? '').not.toContain('evil.example')
  })
})

it.each(['gzip-bomb', 'oversized-json'] as const)(
  'a %s is read up to the limit, and the server continues to work',
  async (misbehaviour) => {
    const email = `${misbehaviour}@example.com`
    server.partner.misbehave(email, misbehaviour, { times: 1 })
    const bomb = await server.rest.orchestrateRegistration({ email, visitorId: 'v' })
    expect(bomb.status).toBeLessThan(300)
    expect(server.log).toContainEqual(expect.objectContaining({ reason: 'oversized answer', outcome: 'unknown' }))
    const next = await server.rest.orchestrateRegistration({ email: `next-${email}`, visitorId: 'v' })
    expect(next.status).toBe(200)
  },
)
