import { FAILURES, type FailureCode, type RegistrationResponse } from '@registration/shared'
import { type CreateFastifyContextOptions, fastifyTRPCPlugin } from '@trpc/server/adapters/fastify'
import Fastify, { type FastifyInstance, type FastifyPluginAsync } from 'fastify'
import { afterAll, describe, expect, it } from 'vitest'
import type { IdentifyCaller } from '../../src/http/caller.ts'
import type { RegistrationApi } from '../../src/http/registration-api.ts'
import { callerOf, prepareRoutes } from '../../src/http/registration-routes.ts'
import { createRegistrationRouter, createTrpcRoutes } from '../../src/http/trpc-routes.ts'
import { ApiError } from '../../src/registration/api-error.ts'

const ID = '0199a0b0-0000-7000-8000-000000000000'
const VISITOR = { email: 'visitor@example.com', visitorId: 'visitor-1' }
const USER = {
  success: true,
  domain: 'partner.example',
  login: 1,
  password: 'a "quoted" secret',
  email: VISITOR.email,
  name: 'Zoë',
  visitorId: 'visitor-1',
} as const

const ANSWERS: Record<string, RegistrationResponse> = {
  'an account with its link': {
    success: true,
    registrationId: ID,
    depositUrl: 'https://partner.example/deposit?a=1&b=2',
    userData: USER,
    replayed: false,
  },
  'an account without a link': {
    success: true,
    registrationId: ID,
    depositUrl: null,
    code: 'LINK_UNAVAILABLE',
    userData: USER,
    replayed: true,
  },
  'a pending registration': { success: false, code: 'PENDING', registrationId: ID, retryAfterMs: 1_000 },
}

const ERRORS: Record<string, Error> = {
  ...Object.fromEntries(
    (Object.keys(FAILURES) as FailureCode[]).map((code) => [
      code,
      new ApiError(code, { sentence: 'The partner’s “own” words', registrationId: ID, retryAfterMs: 1_234 }),
    ]),
  ),
  'an unexpected error': new Error('its message is for the log alone'),
}

const INPUTS: Record<string, unknown> = {
  'an input without an e-mail': { visitorId: 'visitor-1' },
  'an invalid e-mail and an invalid visitor’s id': { ...VISITOR, email: 'nobody', visitorId: [] },
  'an array': [],
  null: null,
}

const identifyCaller: IdentifyCaller = () => ({ requestId: 'a request', ip: '::1', origin: undefined, app: undefined })
const parts = {
  identifyCaller,
  limitCallers: () => undefined,
  onRequestFinished: () => undefined,
  onFieldChanged: () => undefined,
}

/** The result of the next call. */
let outcome: () => Promise<RegistrationResponse> = () => Promise.reject(new Error('no outcome was chosen'))
const api: RegistrationApi = { orchestrateRegistration: () => outcome(), registrationStatus: () => outcome() }

/** The same procedures behind tRPC's own Fastify adapter. */
const stockRoutes: FastifyPluginAsync = async (scope) => {
  prepareRoutes(scope, { ...parts, paths: {}, transport: 'trpc' })
  await scope.register(fastifyTRPCPlugin, {
    trpcOptions: {
      router: createRegistrationRouter(api),
      allowBatching: false,
      createContext: ({ req }: CreateFastifyContextOptions) => ({ caller: callerOf(req) }),
    },
  })
}

function serve(plugin: FastifyPluginAsync): FastifyInstance {
  const server = Fastify({ genReqId: () => 'a request' })
  server.register(plugin)
  return server
}

const servers = { direct: serve(createTrpcRoutes({ api, ...parts })), stock: serve(stockRoutes) }
afterAll(() => Promise.all(Object.values(servers).map((server) => server.close())))

async function call(server: FastifyInstance, procedure: string, payload: unknown) {
  const { statusCode, headers, rawPayload } = await server.inject({
    method: 'POST',
    url: `/${procedure}`,
    headers: { 'content-type': 'application/json' },
    payload: JSON.stringify(payload),
  })
  return { status: statusCode, type: headers['content-type'], body: rawPayload.toString('utf8') }
}

describe.each([
  ['orchestrateRegistration', VISITOR],
  ['registrationStatus', { idempotencyKey: 'a key that is long enough' }],
])('the direct route of %s sends the same bytes as tRPC’s own adapter', (procedure, input) => {
  const both = async (payload: unknown) =>
    [await call(servers.direct, procedure, payload), await call(servers.stock, procedure, payload)] as const

  it.each(Object.entries(ANSWERS))('for %s', async (_, answer) => {
    outcome = async () => answer
    const [direct, stock] = await both(input)
    expect(direct.body).toBe(stock.body)
    expect(JSON.parse(direct.body)).toEqual({ result: { data: answer } })
    // The only difference: tRPC's adapter cannot answer 202 for a pending registration.
    expect([direct.status, stock.status]).toEqual([answer.success ? 200 : 202, 200])
  })

  it.each(Object.entries(ERRORS))('for %s', async (_, error) => {
    outcome = () => Promise.reject(error)
    const [direct, stock] = await both(input)
    expect(direct.body).toBe(stock.body)
    expect(direct.status).toBe(stock.status)
    expect(direct.status).toBeGreaterThanOrEqual(400)
  })

  it.each(Object.entries(INPUTS))('for %s as its input', async (_, payload) => {
    outcome = () => Promise.reject(new Error('the input was taken'))
    const [direct, stock] = await both(payload)
    expect(direct.body).toBe(stock.body)
    expect([direct.status, stock.status]).toEqual([400, 400])
  })
})
