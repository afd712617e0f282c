import { createFetch, type FetchError, type FetchOptions } from 'ofetch'
import { buildConnector, Pool } from 'undici'
import type { HttpResult, Received } from './http-result.ts'
import { recordingClients } from './recording-client.ts'
import {
  CutOff,
  createSingleCallFetch,
  Oversized,
  type SingleCall,
  type SingleResponse,
  Unsent,
} from './single-call-fetch.ts'

/** The partner's address and limits. */
export interface HttpClientOptions {
  /** The partner's base URL. */
  url: string
  /** One call, from connect to last byte, in milliseconds. */
  timeoutMs: number
  /** Connections at once. */
  connections: number
  /** The W3C header `traceparent` of the current trace. */
  traceparent?: (() => string | undefined) | undefined
}

export interface HttpRequest {
  method: 'GET' | 'POST'
  /** Below the base URL, such as `register`. */
  path: string
  headers: Record<string, string>
  body?: string
  /** Called right before the first byte is written. */
  maySend(): boolean
  /** Whether the part received so far is enough, although the answer has not ended. By default it never is. */
  isEnough?(received: Received): boolean
}

/** HTTP/1.1 with one call at a time on each connection. Each request is sent once, redirects are not followed, and `send` never throws. */
export interface HttpClient {
  send(request: HttpRequest): Promise<HttpResult>
  close(): Promise<void>
}

/** Far more than a registration's answer, which has a dozen short fields. */
const MAX_ANSWER_BYTES = 64 * 1024
/** undici's own limit. */
const MAX_HEAD_BYTES = 16 * 1024
/**
 * How long an idle connection is kept. If the partner closes it just as a call is written, that visitor has to wait for a whole
 * lease. So we close it first: common servers keep idle connections for 2 s (gunicorn), 5 s (Node, Apache) or longer.
 */
const KEEP_IDLE_MS = 1_000

/** ofetch passes options that it does not know on to our fetch, and returns our fetch's response. */
type CallOptions = FetchOptions<'text'> & Pick<SingleCall, 'timeoutMs' | 'maySend' | 'isEnough'>

export function createHttpClient({
  url,
  timeoutMs,
  connections,
  traceparent = () => undefined,
}: HttpClientOptions): HttpClient {
  const base = new URL(url.endsWith('/') ? url : `${url}/`)
  // HTTP/1.1 with one call at a time on a connection: a lost connection affects one visitor. Over HTTP/2 all calls would share one
  // connection, and undici would repeat those that the partner resets. The call itself enforces its time limit.
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
        // With a URL object ofetch does not copy its options to add a query, which saves 500 bytes a call.
        const target = new URL(path, base) as unknown as Request
        // Our own response rather than what ofetch makes of it, which ignores the body of some statuses.
        const { status, retryAfter, body, bodyAndMore } = (await ofetch.raw(
          target,
          options,
        )) as unknown as SingleResponse
        const more = bodyAndMore === undefined ? {} : { bodyAndMore }
        return { kind: 'answered', status, retryAfter, body, ...more }
      } catch (error) {
        return httpResultOf((error as FetchError).cause)
      }
    },
    close: () => pool.destroy(),
  }
}

function httpResultOf(error: unknown): HttpResult {
  if (error instanceof Unsent) return { kind: 'unsent', reason: reasonOf(error.cause) }
  if (error instanceof Oversized) return { kind: 'oversized' }
  if (error instanceof CutOff) return { kind: 'broken', reason: reasonOf(error.cause), received: error.received }
  return { kind: 'broken', reason: reasonOf(error) }
}

/** The error's code if it has one, since messages contain addresses. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error'
  return (error as NodeJS.ErrnoException).code ?? error.message
}

/**
 * The part of `Headers` that ofetch uses, backed by the plain object that undici takes. Names must be in lower case. The platform's
 * class checks and copies every value, which takes as long as sending them.
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
