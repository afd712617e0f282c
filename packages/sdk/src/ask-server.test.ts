import { afterEach, expect, it, vi } from 'vitest'
import { openPage } from '../test/support/open-page.ts'
import {
  answers,
  errorPage,
  fails,
  hangsUp,
  type Reply,
  registered,
  scriptedServer,
} from '../test/support/scripted-server.ts'
import { askServer } from './ask-server.ts'

const question = {
  path: 'orchestrateRegistration',
  input: { email: 'ann@example.com', visitorId: 'v-1', idempotencyKey: 'k-1' },
} as const
const sending = { keepalive: true, timeoutMs: 600_000 }

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

it('sends JSON from Node', async () => {
  await using server = await scriptedServer(answers(registered))
  await askServer(question, server, sending)
  expect(server.requests[0]).toMatchObject({ headers: { 'content-type': 'application/json' }, input: question.input })
})

it('sends a simple request from a page: no preflight goes ahead of it', async () => {
  await openPage()
  const fromPage = await import('./ask-server.ts')
  const fetched = vi.spyOn(globalThis, 'fetch')
  await using server = await scriptedServer(answers(registered))
  await fromPage.askServer(question, server, sending)
  expect(fetched.mock.calls[0]?.[1]).toMatchObject({
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    credentials: 'omit',
    keepalive: true,
  })
  expect(server.requests[0]?.input).toEqual(question.input)
})

it('falls back to JSON, for good, where the server does not take simple requests', async () => {
  await openPage()
  const fromPage = await import('./ask-server.ts')
  const jsonOnly: Reply = (response, request) =>
    (request.headers['content-type'] === 'application/json' ? answers(registered) : errorPage(415))(response, request)
  await using server = await scriptedServer(jsonOnly)
  await expect(fromPage.askServer(question, server, sending)).resolves.toMatchObject({
    depositUrl: registered.depositUrl,
  })
  await fromPage.askServer(question, server, sending)
  expect(server.requests.map(({ headers }) => headers['content-type'])).toEqual([
    'text/plain',
    'application/json',
    'application/json',
  ])
})

it.each([
  ['is asked to', true, 'x', true],
  ['is not asked to', false, 'x', false],
  ['is asked to, but the body could exceed the 64 KiB that browsers allow', true, 'x'.repeat(16_384), false],
])('keeps a request alive beyond the page where it %s', async (_, keepalive, name, expected) => {
  const fetched = vi.spyOn(globalThis, 'fetch')
  await using server = await scriptedServer(answers(registered))
  await askServer({ ...question, input: { ...question.input, name } }, server, { ...sending, keepalive })
  expect(fetched.mock.calls[0]?.[1]?.keepalive).toBe(expected)
})

const truncated: Reply = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': 500 })
  response.write('{"result":', () => response.destroy())
}
const otherJson: Reply = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"hello":"world"}')
}

it.each<[string, Reply, object]>([
  ['a connection that breaks', hangsUp, { code: 'NETWORK', retryable: true }],
  ['an answer that breaks off', truncated, { code: 'NETWORK', retryable: true }],
  ['JSON of somebody else', otherJson, { code: 'NETWORK', retryable: true }],
  ['a result without data', answers(undefined as unknown as object), { code: 'NETWORK', retryable: true }],
  ["a proxy's 502", errorPage(502), { code: 'NETWORK', retryable: true }],
  ["a proxy's 503", errorPage(503), { code: 'NETWORK', retryable: true }],
  ["a proxy's 429", errorPage(429), { code: 'NETWORK', retryable: true }],
  ...[408, 425, 500, 501, 504, 520, 522, 524, 530].map((status): [string, Reply, object] => [
    `a proxy's ${status}`,
    errorPage(status),
    { code: 'NETWORK', retryable: true },
  ]),
  ["a proxy's 403", errorPage(403), { code: 'INTERNAL', retryable: false }],
  ['an address where nothing is', errorPage(404), { code: 'INTERNAL', retryable: false }],
])('makes %s a value', async (_, reply, expected) => {
  await using server = await scriptedServer(reply)
  const error = await askServer(question, server, sending)
  expect(error).toMatchObject(expected)
  expect(error).toBeInstanceOf(Error)
})

it('tries once as JSON where a firewall stops a simple request, and remembers it when that helps', async () => {
  await openPage()
  const fromPage = await import('./ask-server.ts')
  const firewall: Reply = (response, request) =>
    (request.headers['content-type'] === 'application/json' ? answers(registered) : errorPage(403))(response, request)
  await using server = await scriptedServer(firewall)
  for (let call = 1; call <= 2; call++) {
    expect(await fromPage.askServer(question, server, sending)).toMatchObject({ depositUrl: registered.depositUrl })
  }
  const types = server.requests.map(({ headers }) => headers['content-type'])
  expect(types).toEqual(['text/plain', 'application/json', 'application/json'])
})

it('does not send a rejection of our own server once more as JSON', async () => {
  await openPage()
  const fromPage = await import('./ask-server.ts')
  await using server = await scriptedServer(fails('ORIGIN_NOT_ALLOWED'))
  expect(await fromPage.askServer(question, server, sending)).toMatchObject({ code: 'ORIGIN_NOT_ALLOWED' })
  expect(server.requests).toHaveLength(1)
})

it('keeps what was caught as the cause', async () => {
  await using server = await scriptedServer(hangsUp)
  expect(await askServer(question, server, sending)).toHaveProperty('cause', expect.any(TypeError))
})

it("carries the server's own failure", async () => {
  await using server = await scriptedServer(fails('OVERLOADED', { retryAfterMs: 1500 }))
  expect(await askServer(question, server, sending)).toMatchObject({
    code: 'OVERLOADED',
    retryable: true,
    retryAfterMs: 1500,
    requestId: 'req-1',
  })
})

it('gives up on a silent server after its time', async () => {
  await using server = await scriptedServer(() => {})
  expect(await askServer(question, server, { ...sending, timeoutMs: 50 })).toMatchObject({
    code: 'NETWORK',
    retryable: true,
  })
})

it.each(['http://partner.example/in', 'https://ann:secret@partner.example/in', 'https://elsewhere.example/in'])(
  'does not hand out %s',
  async (depositUrl) => {
    await using server = await scriptedServer(answers({ ...registered, depositUrl }))
    const { endpoint } = server
    expect(await askServer(question, { endpoint, redirectHosts: ['partner.example'] }, sending)).toMatchObject({
      code: 'LINK_UNAVAILABLE',
      registrationId: registered.registrationId,
    })
  },
)
