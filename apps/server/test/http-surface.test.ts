import { FAILURES } from '@registration/shared'
import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OWN_ORIGIN, startServer, type TestServer } from './support/start-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const get = (path: string) => fetch(server.url + path)

describe('/livez and /readyz', () => {
  it('are 200 while the process is alive and accepts registrations', async () => {
    expect((await get('/livez')).status).toBe(200)
    expect((await get('/readyz')).status).toBe(200)
  })

  it('readyz is 503 and livez is 200 while the database is unavailable', async () => {
    await server.databaseProxy.disable()
    expect((await get('/livez')).status).toBe(200)
    expect((await get('/readyz')).status).toBe(503)
    await server.databaseProxy.enable()
    expect((await get('/readyz')).status).toBe(200)
  })
})

describe('/openapi.json', () => {
  it('is a valid OpenAPI 3.1 document', async () => {
    const validator = new Validator()
    const result = await validator.validate(JSON.parse(await (await get('/openapi.json')).text()))
    expect(result).toMatchObject({ valid: true })
    expect(validator.version).toBe('3.1')
  })

  it('describes the REST routes with every status that they answer with', async () => {
    const document = (await (await get('/openapi.json')).json()) as OpenApi
    expect(document.servers).toEqual([{ url: OWN_ORIGIN }])
    expect(Object.keys(document.paths)).toEqual([
      '/api/users/orchestrate-registration',
      '/api/users/registration-status',
    ])
    const statuses = new Set(['200', '202', ...Object.values(FAILURES).map(({ http }) => String(http))])
    const { responses } = document.paths['/api/users/orchestrate-registration']?.post ?? {}
    expect(new Set(Object.keys(responses ?? {}))).toEqual(statuses)
  })
})

interface OpenApi {
  servers: object[]
  paths: Record<string, { post: { responses: object } }>
}

describe('/docs', () => {
  it('is a page whose files all come from this server', async () => {
    const page = await get('/docs')
    const html = await page.text()
    const files = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => new URL(file ?? '', page.url))
    expect(files.length).toBeGreaterThan(3)
    for (const file of files) {
      expect(file.origin).toBe(server.url)
      expect((await fetch(file)).status).toBe(200)
    }
  })

  it('allows the browser to load only from this server', async () => {
    const policy = (await get('/docs')).headers.get('content-security-policy')
    expect(policy).toContain("default-src 'self'")
    expect(policy).not.toMatch(/https?:|\*|\w\.\w/)
  })
})

describe('an error response', () => {
  it.each([
    ['an unknown route', 'GET', '/nowhere', 404],
    ['another method', 'GET', '/api/users/orchestrate-registration', 404],
    ['an unknown procedure', 'POST', '/trpc/nowhere', 404],
    ['a query of a mutation', 'GET', '/trpc/orchestrateRegistration', 405],
    ['a malformed path', 'GET', '/%', 400],
    ['an unknown procedure, with JSON as text/plain', 'POST', '/trpc/__proto__', 400, 'text/plain'],
  ])('follows the contract: %s', async (_, method, path, status, type = 'application/json') => {
    const body = method === 'POST' ? '{}' : null
    const headers = { 'content-type': type, origin: OWN_ORIGIN }
    const response = await fetch(server.url + path, { method, body, headers })
    expect(response.status).toBe(status)
    const text = await response.text()
    expect(text).toContain('"code":"INVALID_INPUT"')
    expect(text).toContain(`"requestId":"${response.headers.get('x-request-id')}"`)
    expect(text).not.toMatch(/stack|node_modules|Fastify/)
  })

  it('is sent for a tRPC batch', async () => {
    const headers = { 'content-type': 'application/json' }
    const init = { method: 'POST', headers, body: '{"0":{}}' }
    const single = await fetch(`${server.url}/trpc/orchestrateRegistration?batch=1`, init)
    expect(single.status).toBe(400)
    expect(await single.text()).toContain('Batching is off here')
    const several = await fetch(`${server.url}/trpc/orchestrateRegistration,registrationStatus?batch=1`, init)
    expect(several.status).toBe(400)
  })

  it('has the request’s id, and the cause of an internal error is only in the log', async () => {
    await server.database.query('alter table registrations rename to elsewhere')
    const { answer, headers } = await server.trpc.orchestrateRegistration({ email: 'a@b.example', visitorId: 'v' })
    await server.database.query('alter table elsewhere rename to registrations')
    expect(answer).toMatchObject({ code: 'INTERNAL', requestId: headers.get('x-request-id') })
    expect(JSON.stringify(answer)).not.toContain('registrations')
    const line = server.log.find(({ reqId, level }) => reqId === headers.get('x-request-id') && level === 50)
    expect(JSON.stringify(line)).toContain('relation \\"public.registrations\\" does not exist')
  })
})
