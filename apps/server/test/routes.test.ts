import { FAILURES } from '@registration/shared'
import { registrationAnswerSchema, registrationFailureSchema } from '@registration/shared/schemas'
import { afterAll, describe, expect, it } from 'vitest'
import { BAD_INPUT, CLEANED_INPUT } from './routes/bad-input.ts'
import { CALLERS } from './routes/callers.ts'
import { KEYS } from './routes/keys.ts'
import { LIMITS } from './routes/limits.ts'
import { OUTAGES } from './routes/outages.ts'
import { REJECTIONS } from './routes/rejections.ts'
import type { RouteCase, RouteContext } from './routes/route-case.ts'
import { SERVERS, type ServerName } from './routes/servers.ts'
import { STATUS } from './routes/status.ts'
import { SUCCESSES } from './routes/successes.ts'
import { UNKNOWN_OUTCOMES } from './routes/unknown-outcomes.ts'
import { JWKS_DOWN, VERIFICATION } from './routes/verification.ts'
import { rowsOf, startServer, type TestServer } from './support/start-server.ts'
import type { TestResponse } from './support/transport-client.ts'

const TABLE = {
  'a new account': SUCCESSES,
  'a rejection by the partner': REJECTIONS,
  'an unknown outcome or a call not processed': UNKNOWN_OUTCOMES,
  'a repeated key or e-mail': KEYS,
  'a status request': STATUS,
  'a proof of the e-mail': [...VERIFICATION, ...JWKS_DOWN],
  'a caller': CALLERS,
  'a rate limit': LIMITS,
  'a failure of the server or the database': OUTAGES,
  'invalid input': BAD_INPUT,
  'invalid descriptive fields': CLEANED_INPUT,
} satisfies Record<string, RouteCase[]>

const running = new Map<ServerName, Promise<TestServer>>()
afterAll(async () => {
  await Promise.all([...running.values()].map(async (server) => (await server)[Symbol.asyncDispose]()))
})

describe.each(['REST', 'tRPC'] as const)('over %s', (transport) => {
  async function contextOf({ server: serverName = 'standard' }: RouteCase, name: string): Promise<RouteContext> {
    const starting = running.get(serverName) ?? startServer({ env: SERVERS[serverName] })
    running.set(serverName, starting)
    const server = await starting
    const email = `${name}@${transport.toLowerCase()}.example`
    const request = { email, visitorId: 'visitor-1', idempotencyKey: `key of ${email}` }
    return { server, client: transport === 'REST' ? server.rest : server.trpc, email, request }
  }

  describe.each(Object.entries(TABLE))('%s', (topic, cases) => {
    const applicable = cases
      .filter((routeCase) => routeCase.transport === undefined || routeCase.transport === transport)
      .map((routeCase, index) => ({ ...routeCase, index }))

    it.each(applicable)('$title', async (routeCase) => {
      const context = await contextOf(routeCase, `${topic.replaceAll(/\W+/g, '-')}-${routeCase.index}`)
      const { server, client, email, request } = context
      await routeCase.arrange?.(context)

      const response = await (routeCase.send?.(context) ?? client.orchestrateRegistration(request))

      expect(response).toMatchObject({ status: routeCase.expected.status })
      expect(response.answer).toEqual(routeCase.expected.answer)
      expect(await rowsOf(server, email)).toMatchObject(routeCase.rows ?? [])
      const { ledger } = server.partner
      expect({ calls: ledger.callsOf(email).length, accounts: ledger.accountsOf(email).length }).toEqual(
        routeCase.partner,
      )
      if (routeCase.server === 'untouched') expect(ledger.calls).toEqual([])
      expectContract(response)
    })
  })
})

/** Checks what the contract promises for every response. */
function expectContract({ status, headers, answer }: TestResponse): void {
  expect(headers.get('content-type')).toMatch(/^application\/json/)
  expect(headers.get('vary')).toContain('Origin')
  expect(JSON.stringify(answer)).not.toContain('node_modules')
  if (status < 300) {
    expect(registrationAnswerSchema.parse(answer)).toEqual(answer)
    return
  }
  const failure = registrationFailureSchema.parse(answer)
  expect(failure).toEqual(answer)
  expect(headers.get('x-request-id')).toBe(failure.requestId)
  const seconds = failure.retryAfterMs && Math.ceil(failure.retryAfterMs / 1_000)
  expect(headers.get('retry-after')).toBe(seconds ? String(seconds) : null)
}

it('the route cases cover every code that the server can return', () => {
  const codes = Object.values(TABLE)
    .flat()
    .map(({ expected }) => expected.answer.code)
  const all = [undefined, 'PENDING', 'LINK_UNAVAILABLE', ...Object.keys(FAILURES)]
  expect(new Set(codes)).toEqual(new Set(all))
})
