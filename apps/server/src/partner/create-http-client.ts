import { createFetch, type FetchError, type FetchOptions } from 'ofetch'
import { buildConnector, Pool } from 'undici'
import { recordingClients } from './recording-client.ts'
import {
  CutOff,
  createSingleCallFetch,
  Oversized,
  type SingleCall,
  type SingleResponse,
  Unsent,
} from './single-call-fetch.ts'
import type { Received, Transport } from './transport.ts'

/** Where a partner is and how long it may take. */
export interface HttpClientOptions {
  /** The partner's base URL. */
  url: string
  /** One call, from connect to last byte, in milliseconds. */
  timeoutMs: number
  /** Connections at once. */
  connections: number
  /** Whose trace a call is part of, as the W3C's header `traceparent` says it. */
  traceparent?: (() => string | undefined) | undefined
}

export interface HttpRequest {
  method: 'GET' | 'POST'
  /** Below the base URL, such as `register`. */
  path: string
  headers: Record<string, string>
  body?: string
  /** Asked right before its first byte is written. */
  maySend(): boolean
  /** Whether the received part is enough, although the answer doesn't end. By default it never is. */
  isEnough?(received: Received): boolean
}

/** The one way to any partner over HTTP: HTTP/1.1, one call a connection at a time, sent once. It follows nothing and never throws. */
export interface HttpClient {
  send(request: HttpRequest): Promise<Transport>
  close(): Promise<void>
}

/** A partner's answer has a dozen short fields; ten times more than that is something else. */
const MAX_ANSWER_BYTES = 64 * 1024
/** As much as undici reads of it. */
const MAX_HEAD_BYTES = 16 * 1024
/**
 * How long a connection is kept without a call. A partner that closes it just as a call is written costs that visitor a whole
 * lease, so it is ours that is closed first: common servers keep theirs for 2 s (gunicorn), 5 s (Node, Apache) or longer.
 */
const KEEP_IDLE_MS = 1_000

/** ofetch hands on to its fetch what it doesn't know itself, and gives back what that fetch gave. */
type CallOptions = FetchOptions<'text'> & Pick<SingleCall, 'timeoutMs' | 'maySend' | 'isEnough'>

export function createHttpClient({
  url,
  timeoutMs,
  connections,
  traceparent = () => undefined,
}: HttpClientOptions): HttpClient {
  const base = new URL(url.endsWith('/') ? url : `${url}/`)
  // One call at a time on a connection, over HTTP/1.1: a lost connection costs one visitor. Over HTTP/2 all calls would share
  // one, and the library would send those again that the partner refuses. Time is kept by the call itself.
  const pool = new Pool(base.origin, {
    connections,
    pipelining: 1,
    allowH2: false,
    connect: buildConnector({ timeout: timeoutMs, allowH2: false }),
    factory: recordingClients(MAX_ANSWER_BYTES + MAX_HEAD_BYTES),
    keepAliveTimeout: KEEP_IDLE_MS,
    keepAliveMaxTimeout: KEEP_IDLE_MS,
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  const ofetch = createFetch({
    fetch: createSingleCallFetch(pool, MAX_ANSWER_BYTES) as unknown as typeof fetch,
    Headers: PlainHeaders as unknown as typeof Headers,
  })

  return {
    async send({ path, isEnough = () => false, ...request }) {
      const trace = traceparent()
      const options: CallOptions = {
        ...request,
        headers: {
          ...request.headers,
          'accept-encoding': 'identity',
          ...(trace === undefined ? {} : { traceparent: trace }),
        },
        timeoutMs,
        isEnough,
        // A blind repetition could make a second account.
        retry: 0,
        ignoreResponseError: true,
        responseType: 'text',
      }
      try {
        // Given a text, ofetch takes its options apart for a query to add, and each call weighs 500 bytes more.
        const target = new URL(path, base) as unknown as Request
        // Not what ofetch reads of it: it takes some statuses for ones without a body.
        const { status, retryAfter, body, bodyAndMore } = (await ofetch.raw(
          target,
          options,
        )) as unknown as SingleResponse
        const more = bodyAndMore === undefined ? {} : { bodyAndMore }
        return { kind: 'answered', status, retryAfter, body, ...more }
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
  if (error instanceof CutOff) return { kind: 'broken', reason: reasonOf(error.cause), received: error.received }
  return { kind: 'broken', reason: reasonOf(error) }
}

/** The error's code where it has one: messages hold addresses. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error'
  return (error as NodeJS.ErrnoException).code ?? error.message
}

/**
 * Headers as ofetch uses them, over the plain object that undici takes. Names must be in lower case. The platform's own
 * class checks and copies every value, which costs as much as sending them.
 */
export class PlainHeaders {
  readonly fields: Record<string, string>

  constructor(fields: Record<string, string>) {
    this.fields = fields
  }

  get(name: string): string | null {
    return this.fields[name] ?? null
  }

  has(name: string): boolean {
    return name in this.fields
  }

  set(name: string, value: string): void {
    this.fields[name] = value
  }
}
