import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OWN_ORIGIN, startServer, type TestServer } from './support/start-server.ts'

const PAGE = 'https://www.example.com'
const ROUTES = [
  '/api/users/orchestrate-registration',
  '/api/users/registration-status',
  '/trpc/orchestrateRegistration',
  '/trpc/registrationStatus',
]

let server: TestServer
beforeAll(async () => {
  server = await startServer({ env: { ALLOWED_ORIGINS: PAGE, INTERNAL_API_KEYS: 'crm:0123456789abcdef' } })
})
afterAll(() => server[Symbol.asyncDispose]())

function ask(route: string, init: RequestInit): Promise<Response> {
  return fetch(server.url + route, init)
}

function preflight(route: string, origin: string): Promise<Response> {
  const headers = {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'content-type,idempotency-key',
  }
  return ask(route, { method: 'OPTIONS', headers })
}

function cors(response: Response): Record<string, string> {
  return Object.fromEntries([...response.headers].filter(([name]) => name.startsWith('access-control-')))
}

describe.each(ROUTES)('%s', (route) => {
  it.each([PAGE, OWN_ORIGIN])('lets the page of %s ask first', async (origin) => {
    const response = await preflight(route, origin)
    expect(response.status).toBe(204)
    expect(cors(response)).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': expect.stringContaining('content-type, idempotency-key'),
      'access-control-max-age': '86400',
    })
    expect(response.headers.get('vary')).toBe('Origin')
  })

  it.each(['https://evil.example', 'null'])('lets the page of %s not even ask', async (origin) => {
    const response = await preflight(route, origin)
    expect(response.status).toBe(403)
    expect(cors(response)).toEqual({})
  })

  it.each(['https://evil.example', 'null'])(
    'lets the page of %s read that its origin is not allowed',
    async (origin) => {
      const headers = { origin, 'content-type': 'text/plain' }
      const response = await ask(route, { method: 'POST', headers, body: '{}' })
      expect(response.status).toBe(403)
      expect(cors(response)).toMatchObject({ 'access-control-allow-origin': origin })
      expect(JSON.stringify(await response.json())).toContain('ORIGIN_NOT_ALLOWED')
    },
  )

  it.each([
    ['a request that is none', { body: '{}' }, 400],
    ['broken JSON', { body: '{' }, 400],
    ['an oversized body', { body: JSON.stringify('x'.repeat(20_000)) }, 400],
  ])('lets the page read what is wrong with %s', async (_, { body }, status) => {
    const headers = { origin: PAGE, 'content-type': 'application/json' }
    const response = await ask(route, { method: 'POST', headers, body })
    expect(response.status).toBe(status)
    expect(cors(response)).toMatchObject({
      'access-control-allow-origin': PAGE,
      'access-control-expose-headers': expect.stringContaining('retry-after'),
    })
    expect(JSON.stringify(await response.json())).toContain('INVALID_INPUT')
  })

  it('lets no page read it with the visitor’s cookies', async () => {
    const response = await preflight(route, PAGE)
    expect(response.headers.has('access-control-allow-credentials')).toBe(false)
  })

  it('refuses a browser that hides its page', async () => {
    const headers = { 'sec-fetch-site': 'cross-site', 'content-type': 'application/json' }
    expect((await ask(route, { method: 'POST', headers, body: '{}' })).status).toBe(403)
  })
})

describe('a request without a preflight', () => {
  const email = 'ann@example.com'
  const body = JSON.stringify({ email, visitorId: 'visitor-1' })
  const send = (headers: Record<string, string>) =>
    ask('/trpc/orchestrateRegistration', { method: 'POST', headers, body })

  it('is taken from an allowed page, which saves a visitor one round trip', async () => {
    const response = await send({ origin: PAGE, 'content-type': 'text/plain' })
    expect(response.status).toBe(200)
    expect(cors(response)).toMatchObject({ 'access-control-allow-origin': PAGE })
  })

  it.each([
    ['a foreign page', { origin: 'https://evil.example' }, 403],
    ['a page without a name', { origin: 'null' }, 403],
    ['an internal app', { authorization: 'Bearer 0123456789abcdef' }, 400],
    ['who is no browser', {}, 400],
  ])('is refused from %s', async (_, headers, status) => {
    const calls = server.partner.ledger.calls.length
    expect((await send({ ...headers, 'content-type': 'text/plain' })).status).toBe(status)
    expect(server.partner.ledger.calls).toHaveLength(calls)
  })
})
