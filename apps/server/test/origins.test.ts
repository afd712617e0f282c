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

function send(route: string, init: RequestInit): Promise<Response> {
  return fetch(server.url + route, init)
}

function preflight(route: string, origin: string): Promise<Response> {
  const headers = {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'content-type,idempotency-key',
  }
  return send(route, { method: 'OPTIONS', headers })
}

function cors(response: Response): Record<string, string> {
  return Object.fromEntries([...response.headers].filter(([name]) => name.startsWith('access-control-')))
}

describe.each(ROUTES)('%s', (route) => {
  it.each([PAGE, OWN_ORIGIN])('a preflight from %s is allowed', async (origin) => {
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

  it.each(['https://evil.example', 'null'])('a preflight from %s is refused', async (origin) => {
    const response = await preflight(route, origin)
    expect(response.status).toBe(403)
    expect(cors(response)).toEqual({})
  })

  it.each(['https://evil.example', 'null'])('a page of %s can read that its origin is not allowed', async (origin) => {
    const headers = { origin, 'content-type': 'text/plain' }
    const response = await send(route, { method: 'POST', headers, body: '{}' })
    expect(response.status).toBe(403)
    expect(cors(response)).toMatchObject({ 'access-control-allow-origin': origin })
    expect(JSON.stringify(await response.json())).toContain('ORIGIN_NOT_ALLOWED')
  })

  it.each([
    ['an invalid request', { body: '{}' }, 400],
    ['broken JSON', { body: '{' }, 400],
    ['an oversized body', { body: JSON.stringify('x'.repeat(20_000)) }, 400],
  ])('an allowed page can read the error for %s', async (_, { body }, status) => {
    const headers = { origin: PAGE, 'content-type': 'application/json' }
    const response = await send(route, { method: 'POST', headers, body })
    expect(response.status).toBe(status)
    expect(cors(response)).toMatchObject({
      'access-control-allow-origin': PAGE,
      'access-control-expose-headers': expect.stringContaining('retry-after'),
    })
    expect(JSON.stringify(await response.json())).toContain('INVALID_INPUT')
  })

  it('a preflight does not allow credentials', async () => {
    const response = await preflight(route, PAGE)
    expect(response.headers.has('access-control-allow-credentials')).toBe(false)
  })

  it('a cross-site request without an origin is refused', async () => {
    const headers = { 'sec-fetch-site': 'cross-site', 'content-type': 'application/json' }
    expect((await send(route, { method: 'POST', headers, body: '{}' })).status).toBe(403)
  })
})

describe('a request without a preflight', () => {
  const email = 'ann@example.com'
  const body = JSON.stringify({ email, visitorId: 'visitor-1' })
  const post = (headers: Record<string, string>) =>
    send('/trpc/orchestrateRegistration', { method: 'POST', headers, body })

  it('is accepted from an allowed page', async () => {
    const response = await post({ origin: PAGE, 'content-type': 'text/plain' })
    expect(response.status).toBe(200)
    expect(cors(response)).toMatchObject({ 'access-control-allow-origin': PAGE })
  })

  it.each([
    ['a foreign page', { origin: 'https://evil.example' }, 403],
    ['a page with the origin null', { origin: 'null' }, 403],
    ['an internal app', { authorization: 'Bearer 0123456789abcdef' }, 400],
    ['a client that is not a browser', {}, 400],
  ])('is refused from %s', async (_, headers, status) => {
    const calls = server.partner.ledger.calls.length
    expect((await post({ ...headers, 'content-type': 'text/plain' })).status).toBe(status)
    expect(server.partner.ledger.calls).toHaveLength(calls)
  })
})
