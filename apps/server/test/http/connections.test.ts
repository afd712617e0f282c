import { registrationFailureSchema } from '@registration/shared/schemas'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exchangeRaw } from '../support/raw-exchange.ts'
import { startServer, type TestServer } from '../support/start-server.ts'

const [HEADERS_MS, REQUEST_MS] = [500, 1_000]

let server: TestServer
let limits: object
beforeAll(async () => {
  server = await startServer()
  // The first test checks the real time-outs. The others use shorter ones.
  limits = { headersTimeout: server.http.headersTimeout, requestTimeout: server.http.requestTimeout }
  server.http.headersTimeout = HEADERS_MS
  server.http.requestTimeout = REQUEST_MS
})
afterAll(() => server[Symbol.asyncDispose]())

const HEAD = 'POST /api/users/orchestrate-registration HTTP/1.1\r\nHost: registration.test\r\n'

it('a connection has 10 s to send the headers and 15 s to send the whole request', () => {
  expect(limits).toEqual({ headersTimeout: 10_000, requestTimeout: 15_000 })
})

describe.concurrent('a connection without a valid request', () => {
  it.each([
    ['headers without an end', `${HEAD}X-Slow: `, 408, 'The request took too long to arrive.', HEADERS_MS],
    [
      'an incomplete body',
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
      'bytes that are not HTTP',
      '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n',
      400,
      'The request is no valid HTTP.',
      0,
    ],
    [
      'content-length and transfer-encoding',
      `${HEAD}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
      'The request is no valid HTTP.',
      0,
    ],
  ])('gets an error object and is closed: %s', async (_, bytes, status, message, notBeforeMs) => {
    const { text, status: answered, body, afterMs } = await exchangeRaw(server.url, bytes)
    expect(answered).toBe(status)
    expect(registrationFailureSchema.parse(JSON.parse(body))).toMatchObject({
      code: 'INVALID_INPUT',
      error: message,
    })
    expect(text).toContain('x-content-type-options: nosniff')
    expect(afterMs).toBeGreaterThanOrEqual(notBeforeMs)
  })
})
