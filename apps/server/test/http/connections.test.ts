import { registrationFailureSchema } from '@registration/shared/schemas'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exchangeRaw } from '../support/raw-exchange.ts'
import { startServer, type TestServer } from '../support/start-server.ts'

const [HEADERS_MS, REQUEST_MS] = [500, 1_000]

let server: TestServer
let limits: object
beforeAll(async () => {
  server = await startServer()
  // Its limits are seen here; what happens at their end needs no such waits.
  limits = { headersTimeout: server.http.headersTimeout, requestTimeout: server.http.requestTimeout }
  server.http.headersTimeout = HEADERS_MS
  server.http.requestTimeout = REQUEST_MS
})
afterAll(() => server[Symbol.asyncDispose]())

const HEAD = 'POST /api/users/orchestrate-registration HTTP/1.1\r\nHost: registration.test\r\n'

it('gives a caller 10 s for the headers and 15 s for the whole request', () => {
  expect(limits).toEqual({ headersTimeout: 10_000, requestTimeout: 15_000 })
})

describe.concurrent('what never becomes a request', () => {
  it.each([
    ['headers that never end', `${HEAD}X-Slow: `, 408, 'The request took too long to arrive.', HEADERS_MS],
    [
      'a body that never comes',
      `${HEAD}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{`,
      408,
      'The request took too long to arrive.',
      REQUEST_MS,
    ],
    [
      'headers beyond 8 KiB',
      `${HEAD}X-Long: ${'x'.repeat(8 * 1024)}\r\n\r\n`,
      431,
      'The request headers are too long.',
      0,
    ],
    [
      'bytes that are no HTTP',
      '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n',
      400,
      'The request is no valid HTTP.',
      0,
    ],
    [
      'two lengths at once',
      `${HEAD}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
      'The request is no valid HTTP.',
      0,
    ],
  ])('gets an error object and no more of the server’s time: %s', async (_, bytes, status, sentence, notBeforeMs) => {
    const { text, status: answered, body, afterMs } = await exchangeRaw(server.url, bytes)
    expect(answered).toBe(status)
    expect(registrationFailureSchema.parse(JSON.parse(body))).toMatchObject({
      code: 'INVALID_INPUT',
      error: sentence,
    })
    expect(text).toContain('x-content-type-options: nosniff')
    expect(afterMs).toBeGreaterThanOrEqual(notBeforeMs)
  })
})
