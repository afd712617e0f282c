import { createFetch, type FetchError, type FetchOptions } from 'ofetch'
import { Pool } from 'undici'
import type { Partner, PartnerOrder } from '../registration/partner.ts'
import { classifyReply, type Transport } from './classify-reply.ts'
import type { HostAllowed } from './deposit-link.ts'
import { PlainHeaders } from './plain-headers.ts'
import { createPooledFetch, Oversized, type PooledRequest, type PooledResponse, Unsent } from './pooled-fetch.ts'

/** Where the partner is and how long it may take. */
export interface PartnerOptions {
  /** The partner's base URL, without `/register`. */
  url: string
  /** One call, from connect to last byte, in milliseconds. */
  timeoutMs: number
  /** Connections at once. */
  connections: number
  isAllowedHost: HostAllowed
}

/** The partner's answer has a dozen short fields; ten times more than that is something else. */
const MAX_ANSWER_BYTES = 64 * 1024

/** ofetch hands on to its fetch what it doesn't know itself, and gives back what that fetch gave. */
type PooledOptions = FetchOptions<'text'> & Pick<PooledRequest, 'timeoutMs' | 'sendWithinMs'>
type Answered = PooledResponse & { _data?: string }

/** The partner over HTTP, with what it takes to close the connections. */
export interface HttpPartner extends Partner {
  close(): Promise<void>
}

export function createPartner({ url, timeoutMs, connections, isAllowedHost }: PartnerOptions): HttpPartner {
  const { origin, pathname: path } = new URL('register', url.endsWith('/') ? url : `${url}/`)
  // Pipelining a POST would tie its fate to the one before it. Time is kept by the call's own signal.
  const pool = new Pool(origin, {
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

  async function send(order: PartnerOrder): Promise<Transport> {
    const options: PooledOptions = {
      method: 'POST',
      headers: headersOf(order),
      body: JSON.stringify(bodyOf(order)),
      // A blind repetition could make a second account.
      retry: 0,
      ignoreResponseError: true,
      responseType: 'text',
      timeoutMs,
      sendWithinMs: order.sendWithinMs,
    }
    try {
      const { status, retryAfter, _data } = (await ofetch.raw(path, options)) as unknown as Answered
      return { kind: 'answered', status, retryAfter, body: _data ?? '' }
    } catch (error) {
      return transportOf((error as FetchError).cause)
    }
  }

  return {
    register: async (order) => classifyReply(await send(order), isAllowedHost),
    close: () => pool.destroy(),
  }
}

function headersOf({ registrationId, visitorId, clientIp }: PartnerOrder): Record<string, string> {
  return {
    accept: 'application/json',
    'content-type': 'application/json',
    'idempotency-key': registrationId,
    'x-visitor-id': visitorId,
    ...(clientIp === null ? {} : { 'x-client-ip': clientIp }),
  }
}

/** Only the traffic parameters that are non-empty. */
function bodyOf({ email, trafficParams }: PartnerOrder): Record<string, string> {
  const { tag, pb, click_id, custom_login_link } = trafficParams
  const present = Object.entries({ tag, pb, click_id, custom_login_link }).filter(([, value]) => value)
  return { email, ...Object.fromEntries(present) }
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
