import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { getResponse, type HttpHandler } from 'msw'
import { callerSignal } from './caller-signal.ts'
import { CONTINUE_FIRST } from './wire-faults.ts'

/**
 * Answers a request of node:http with MSW handlers. What a handler tells as a failed response or a failing body
 * becomes a reset of the real connection.
 */
export async function serveHandlers(
  handlers: HttpHandler[],
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const caller = new AbortController()
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) caller.abort()
  })
  try {
    const request = await toRequest(incoming, caller.signal)
    const handled = callerSignal.run(caller.signal, () => getResponse(handlers, request))
    const response = (await handled) ?? new Response('There is no such route.', { status: 404 })
    if (response.type === 'error') incoming.socket.resetAndDestroy()
    else await send(response, outgoing, caller.signal)
  } catch {
    // The body failed, as a misbehaviour asked for, or the caller is gone.
    incoming.socket.resetAndDestroy()
  }
}

async function toRequest(incoming: IncomingMessage, signal: AbortSignal): Promise<Request> {
  const { method = 'GET', url = '/' } = incoming
  const headers = new Headers()
  for (const [name, value] of Object.entries(incoming.headers)) headers.set(name, `${value}`)
  const body = method === 'GET' || method === 'HEAD' ? null : new Uint8Array(await buffer(incoming))
  return new Request(`http://${incoming.headers.host ?? 'localhost'}${url}`, { method, headers, body, signal })
}

async function send(response: Response, outgoing: ServerResponse, caller: AbortSignal): Promise<void> {
  const { [CONTINUE_FIRST]: isAfterContinue, ...headers } = Object.fromEntries(response.headers)
  if (isAfterContinue) outgoing.writeContinue()
  outgoing.writeHead(response.status, headers)
  const reader = response.body?.getReader()
  // A body that hangs would otherwise be waited for after the caller has left.
  caller.addEventListener('abort', () => void reader?.cancel().catch(() => undefined))
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
    if (!outgoing.write(read.value)) await once(outgoing, 'drain', { signal: caller })
  }
  outgoing.end()
}
