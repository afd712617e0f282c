import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { HttpResponse } from 'msw'

/*
 * Faults of the connection, told in the vocabulary of fetch, so that one description serves an intercepted request
 * and a real socket: an error response is a connection reset before the headers, a body stream that errors is one
 * after them, a body stream that never ends is a hang.
 */

const JSON_HEADERS = { 'content-type': 'application/json' }
const encoder = new TextEncoder()

/** The connection is reset and not a byte comes back. */
export function resetBeforeHeaders(): Response {
  return HttpResponse.error()
}

/** Nothing comes back until the caller has had enough. */
export async function hangBeforeHeaders(caller: AbortSignal): Promise<Response> {
  if (!caller.aborted) await once(caller, 'abort')
  return HttpResponse.error()
}

/** A reset makes the receiving side discard what it has not read yet; by then it has read. */
const READ_BEFORE_RESET_MS = 50

/** Headers and half of the body, then a reset. */
export function resetAfterHeaders(body: string): Response {
  let sent = false
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (sent) {
        await pause(READ_BEFORE_RESET_MS)
        throw new Error('The sandbox resets this connection in the body, as asked.')
      }
      sent = true
      controller.enqueue(half(body))
    },
  })
  return new HttpResponse(stream, { headers: { ...JSON_HEADERS, 'content-length': `${Buffer.byteLength(body)}` } })
}

/** Headers and half of the body, then nothing. */
export function hangInBody(body: string): Response {
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(half(body))
    },
  })
  return new HttpResponse(stream, { headers: { ...JSON_HEADERS, 'content-length': `${Buffer.byteLength(body)}` } })
}

/** Headers and the whole body, then a reset instead of its end. */
export function resetAfterBody(body: string): Response {
  let sent = false
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (sent) {
        await pause(READ_BEFORE_RESET_MS)
        throw new Error('The sandbox resets this connection behind the body, as asked.')
      }
      sent = true
      controller.enqueue(encoder.encode(body))
    },
  })
  const announced = Buffer.byteLength(body) + 2
  return new HttpResponse(stream, { headers: { ...JSON_HEADERS, 'content-length': `${announced}` } })
}

/** Headers and the whole body, and no last chunk. */
export function hangAfterBody(body: string): Response {
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encoder.encode(body))
    },
  })
  return new HttpResponse(stream, { headers: JSON_HEADERS })
}

/** Tells the real port to send an interim `100 Continue` first, and is not sent itself. MSW copies responses, but keeps headers. */
export const CONTINUE_FIRST = 'x-sandbox-continue-first'

/** Behind a real port, an interim `100 Continue` that nobody asked for comes before it. */
export function continueFirst(response: Response): Response {
  response.headers.set(CONTINUE_FIRST, 'true')
  return response
}

/** A body that keeps coming, byte by byte: no pause is long, the whole is. */
export function dripBody(body: string, pauseMs: number): Response {
  const bytes = encoder.encode(body)
  const gone = new AbortController()
  let position = 0
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (position > 0) await pause(pauseMs, undefined, { ref: false, signal: gone.signal })
      if (position === bytes.length) return controller.close()
      controller.enqueue(bytes.subarray(position, ++position))
    },
    cancel() {
      gone.abort()
    },
  })
  return new HttpResponse(stream, { headers: JSON_HEADERS })
}

function half(body: string): Uint8Array {
  const bytes = encoder.encode(body)
  return bytes.subarray(0, Math.ceil(bytes.length / 2))
}
