import { afterAll, beforeAll, expect, it } from 'vitest'
import { startServer, type TestServer } from '../support/start-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const JSON_BODY = { 'content-type': 'application/json' }

it.each([
  ['POST', '/api/users/orchestrate-registration', 200],
  ['POST', '/trpc/orchestrateRegistration', 200],
  ['POST', '/api/users/registration-status', 400],
  ['POST', '/trpc/nothing', 404],
  ['GET', '/livez', 200],
  ['GET', '/readyz', 200],
  ['GET', '/openapi.json', 200],
  ['GET', '/docs', 200],
  ['GET', '/docs/static/swagger-ui.css', 200],
  ['GET', '/console', 200],
  ['GET', '/console/assets/nothing.js', 404],
  ['GET', '/operator/trpc/stats', 403],
  ['GET', '/nothing', 404],
  ['GET', '/%', 400],
])('every response has the security headers: %s %s, %i', async (method, path, status) => {
  const body = method === 'POST' ? JSON.stringify({ email: `a${path.length}@example.com`, visitorId: 'v' }) : undefined
  const response = await fetch(`${server.url}${path}`, { method, headers: JSON_BODY, ...(body ? { body } : {}) })
  expect(response.status).toBe(status)
  const { headers } = response
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('x-frame-options')).toBe('DENY')
  expect(headers.get('referrer-policy')).toBe('no-referrer')
  expect(headers.get('strict-transport-security')).toBe('max-age=31536000')
  expect(headers.get('content-security-policy')).toMatch(/default-src '(?:none|self)'/)
  expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  expect(headers.get('content-security-policy')).toContain("base-uri 'none'")
  await response.arrayBuffer()
})

it('the policy of /docs allows only the server’s own scripts', async () => {
  const { headers } = await fetch(`${server.url}/docs`)
  const policy = headers.get('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'self'")
  expect(policy).not.toMatch(/script-src[^;]*(?:'unsafe-inline'|\*|https:)/)
})

it('responses of the API are not cached', async () => {
  const { headers } = await server.rest.orchestrateRegistration({ email: 'cache@example.com', visitorId: 'v' })
  expect(headers.get('cache-control')).toBe('no-store')
})
