import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { FAILURES, type FailureCode } from '@registration/shared'

/** What a request looked like when it arrived. */
export interface Arrived {
  method: string
  path: string
  headers: IncomingMessage['headers']
  /** As they were written, in their order: names and values alternately. */
  rawHeaders: string[]
  body: string
  input: Record<string, unknown>
}

/** Answers one request in its own way; may also leave it hanging, or cut the line. */
export type Reply = (response: ServerResponse, request: Arrived) => void | Promise<void>

export const registrationId = '0198f3a0-0000-7000-8000-000000000001'

export const registered = {
  success: true,
  registrationId,
  depositUrl: 'https://partner.example/deposit/1',
  userData: { success: true, domain: 'partner.example', email: 'ann@example.com', name: 'Ann', visitorId: 'v-1' },
  replayed: false,
}

function json(status: number, body: unknown): Reply {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
}

/** A tRPC result. */
export function answers(data: object, status = 200): Reply {
  return json(status, { result: { data } })
}

/** The server's 202. */
export function pending(retryAfterMs = 1): Reply {
  return answers({ success: false, code: 'PENDING', registrationId, retryAfterMs }, 202)
}

/** A tRPC error that carries the contract's failure. */
export function fails(code: FailureCode, more: object = {}): Reply {
  const { http, sentence, retryable } = FAILURES[code]
  const registration = { success: false, error: sentence, code, retryable, requestId: 'req-1', ...more }
  return json(http, { error: { message: sentence, code: -32600, data: { code, httpStatus: http, registration } } })
}

/** Cuts the connection without a byte. */
export const hangsUp: Reply = (response) => {
  response.destroy()
}

/** A proxy's own error page. */
export function errorPage(status: number): Reply {
  return (response) => {
    response.writeHead(status, { 'content-type': 'text/html' }).end('<h1>Oh no</h1>')
  }
}

/**
 * A real server on a free port that plays tRPC's wire, for pages of any origin: the n-th request gets the n-th reply,
 * the last reply is for all that follow. Preflights are answered and not counted.
 */
export async function scriptedServer(...replies: [Reply, ...Reply[]]) {
  const requests: Arrived[] = []
  const server = createServer(async (request, response) => {
    response.setHeader('access-control-allow-origin', '*')
    response.setHeader('access-control-allow-headers', 'content-type')
    if (request.method === 'OPTIONS') return void response.writeHead(204).end()
    const body = await text(request).catch(() => undefined)
    // The caller left before the whole request was here: it has asked nothing.
    if (body === undefined) return
    const { method = '', url: path = '', headers, rawHeaders } = request
    const arrived = { method, path, headers, rawHeaders, body, input: JSON.parse(body || '{}') }
    const reply = replies[Math.min(requests.push(arrived), replies.length) - 1]
    await reply?.(response, arrived)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
