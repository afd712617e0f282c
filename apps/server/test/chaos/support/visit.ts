import { setTimeout as pause } from 'node:timers/promises'
import { type AnswerCode, type Door, type Reply, sendRequest } from './send-request.ts'

/** Whatever can be connected to, or can't at the moment. */
export interface Target {
  readonly url: string | undefined
}

/** One visitor's page, which repeats its request as the SDK does. */
export interface Page {
  name: string
  email: string
  key: string
  door: Door
  /** Where its n-th request goes, counting from 0. */
  target(attempt: number): Target | undefined
  /** How long it repeats the request. */
  patienceMs: number
}

/** Far longer than anything takes on the slowest machine: what lasts so long would never have ended. */
export const HANGS_MS = 300_000

/** What a page sent and was told. */
export interface Visit extends Pick<Page, 'email' | 'key' | 'door'> {
  /** Every request's end, in order. */
  replies: readonly Reply[]
  /** Where it was left: an outcome, or the last word before its patience was over. */
  last: Reply
}

export async function visit({ name, email, key, door, target, patienceMs }: Page): Promise<Visit> {
  const request = { email, name, visitorId: name.replaceAll(' ', '-'), idempotencyKey: key }
  const replies: Reply[] = []
  const patientUntil = performance.now() + patienceMs
  for (;;) {
    const { url } = target(replies.length) ?? {}
    const last = await sendRequest(url, door, request, AbortSignal.timeout(HANGS_MS))
    replies.push(last)
    const pauseMs = pauseAfter(last, replies.length)
    if (!REPEATED.has(last.code) || performance.now() + pauseMs > patientUntil)
      return { email, key, door, replies, last }
    await pause(pauseMs)
  }
}

/** What the SDK repeats with the same key. */
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

function pauseAfter({ answer }: Reply, attempt: number): number {
  const asked = answer && 'retryAfterMs' in answer ? answer.retryAfterMs : undefined
  return asked ?? Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1))
}
