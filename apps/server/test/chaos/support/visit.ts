import { setTimeout as pause } from 'node:timers/promises'
import { type AnswerCode, type RequestResult, sendRequest, type Transport } from './send-request.ts'

/** A server; `url` is undefined while it is down. */
export interface Target {
  readonly url: string | undefined
}

/** A visitor's page, which repeats its request as the SDK does. */
export interface Page {
  name: string
  email: string
  key: string
  transport: Transport
  /** The server for its n-th request, from 0. */
  target(attempt: number): Target | undefined
  /** How long it repeats the request. */
  patienceMs: number
}

/** Far longer than any request takes on the slowest machine: after it a request counts as hung. */
export const HUNG_AFTER_MS = 300_000

/** What a page sent, and the results. */
export interface Visit extends Pick<Page, 'email' | 'key' | 'transport'> {
  /** The result of every request, in order. */
  results: readonly RequestResult[]
  /** The last result: an outcome, or whatever came last before `patienceMs` was over. */
  last: RequestResult
}

export async function visit({ name, email, key, transport, target, patienceMs }: Page): Promise<Visit> {
  const request = { email, name, visitorId: name.replaceAll(' ', '-'), idempotencyKey: key }
  const results: RequestResult[] = []
  const patientUntil = performance.now() + patienceMs
  for (;;) {
    const { url } = target(results.length) ?? {}
    const last = await sendRequest(url, transport, request, AbortSignal.timeout(HUNG_AFTER_MS))
    results.push(last)
    const pauseMs = pauseAfter(last, results.length)
    if (!REPEATED.has(last.code) || performance.now() + pauseMs > patientUntil)
      return { email, key, transport, results, last }
    await pause(pauseMs)
  }
}

/** The codes after which the SDK repeats the request with the same key. */
const REPEATED: ReadonlySet<AnswerCode> = new Set([
  'PENDING',
  'IN_PROGRESS',
  'RATE_LIMITED',
  'PARTNER_UNAVAILABLE',
  'OVERLOADED',
  'DATABASE_UNAVAILABLE',
  'NETWORK',
])

const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 2_000

function pauseAfter({ answer }: RequestResult, attempt: number): number {
  const asked = answer && 'retryAfterMs' in answer ? answer.retryAfterMs : undefined
  return asked ?? Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1))
}
