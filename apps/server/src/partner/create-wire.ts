import { createFetch, type FetchError, type FetchOptions } from 'ofetch'
import { Pool } from 'undici'
import { PlainHeaders } from './plain-headers.ts'
import { createPooledFetch, Oversized, type PooledRequest, type PooledResponse, Unsent } from './pooled-fetch.ts'
import type { Transport } from './transport.ts'

/** Where a partner is and how long it may take. */
export interface WireOptions {
  /** The partner's base URL. */
  url: string
  /** One call, from connect to last byte, in milliseconds. */
  timeoutMs: number
  /** Connections at once. */
  connections: number
  /** Whose trace a call is part of, as the W3C's header `traceparent` says it. */
  traceparent?: (() => string | undefined) | undefined
}

export interface WireRequest {
  method: 'GET' | 'POST'
  /** Below the base URL, such as `register`. */
  path: string
  headers: Record<string, string>
  body?: string
  /** Asked right before its first byte is written. */
  maySend(): boolean
}

/** The one way to any partner over HTTP: it sends once, follows nothing, and never throws. */
export interface Wire {
  send(request: WireRequest): Promise<Transport>
  close(): Promise<void>
}

/** A partner's answer has a dozen short fields; ten times more than that is something else. */
const MAX_ANSWER_BYTES = 64 * 1024

/** ofetch hands on to its fetch what it doesn't know itself, and gives back what that fetch gave. */
type PooledOptions = FetchOptions<'text'> & Pick<PooledRequest, 'timeoutMs' | 'maySend'>
type Answered = PooledResponse & { _data?: string }

export function createWire({ url, timeoutMs, connections, traceparent = () => undefined }: WireOptions): Wire {
  const base = new URL(url.endsWith('/') ? url : `${url}/`)
  // Pipelining a POST would tie its fate to the one before it. Time is kept by the call itself.
  const pool = new Pool(base.origin, {
    connections,
    pipelining: 1,
    connect: { timeout: timeoutMs },
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  const ofetch = createFetch({
    fetch: createPooledFetch(pool, MAX_ANSWER_BYTES) as unknown as typeof fetch,
    Headers: PlainHeaders as unknown as typeof Headers,
  })

  return {
    async send({ path, ...request }) {
      const trace = traceparent()
      const options: PooledOptions = {
        ...request,
        ...(trace === undefined ? {} : { headers: { ...request.headers, traceparent: trace } }),
        timeoutMs,
        // A blind repetition could make a second account.
        retry: 0,
        ignoreResponseError: true,
        responseType: 'text',
      }
      try {
        // Given a text, ofetch takes its options apart for a query to add, and each call weighs 500 bytes more.
        const target = new URL(path, base) as unknown as Request
        const { status, retryAfter, _data } = (await ofetch.raw(target, options)) as unknown as Answered
        return { kind: 'answered', status, retryAfter, body: _data ?? '' }
      } catch (error) {
        return transportOf((error as FetchError).cause)
      }
    },
    close: () => pool.destroy(),
  }
}

function transportOf(error: unknown): Transport {
  if (error instanceof Unsent) return { kind: 'unsent', reason: reasonOf(error.cause) }
  if (error instanceof Oversized) return { kind: 'oversized' }
  return { kind: 'broken', reason: reasonOf(error) }
}

/** The error's code where it has one: messages hold addresses. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error'
  return (error as NodeJS.ErrnoException).code ?? error.message
}
