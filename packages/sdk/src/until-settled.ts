import type { Sending } from './ask-server.ts'
import { RegistrationError } from './registration-error.ts'
import type { OnStatus } from './registration-status.ts'

/** The server answers after its REQUEST_DEADLINE_MS (25 s) at the latest; longer than this, and the line is dead. */
const REQUEST_MS = 30_000

const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 8000

/**
 * Asks until there is an outcome, or no time left. Repeated are network errors, 409, 429, 502, 503 and `PENDING`; that
 * is every retryable failure but `INTERNAL`, whose cause is unknown. All requests of one registration carry one key,
 * so none of them can make a second account.
 *
 * `budgetMs` is used up by requests and pauses, not by the clock: a page that was frozen meanwhile, in the
 * back/forward cache or in a sleeping phone, goes on where it was.
 */
export async function untilSettled<Answer>(
  ask: (sending: Sending) => Promise<Answer | RegistrationError>,
  budgetMs: number,
  report: OnStatus,
): Promise<Answer> {
  let leftMs = budgetMs
  let attempt = 1
  let keepalive = true
  let lastWord: RegistrationError | undefined
  try {
    for (; ; attempt++) {
      if (lastWord?.code !== 'PENDING') report('sending', { attempt })
      const timeoutMs = Math.min(REQUEST_MS, leftMs)
      const sentAt = Date.now()
      const reply = await ask({ keepalive, timeoutMs })
      if (!(reply instanceof RegistrationError)) return reply
      const { code } = reply
      if (!reply.retryable || code === 'INTERNAL') throw reply

      // A browser may refuse `keepalive` itself (its 64 KiB are shared with the page's other requests): do without, once.
      keepalive = code !== 'NETWORK' || !keepalive
      // What the server said says more than that it could not be reached afterwards.
      if (code !== 'NETWORK' || !lastWord) lastWord = reply
      const retryInMs = pauseMs(attempt, reply.retryAfterMs)
      leftMs -= Math.min(timeoutMs, Date.now() - sentAt) + retryInMs
      if (leftMs <= 0) throw lastWord
      report(code === 'PENDING' ? 'waiting' : 'retrying', { attempt, code, retryInMs })
      await pause(retryInMs, code === 'NETWORK')
    }
  } finally {
    report('done', { attempt })
  }
}

/** Never shorter than the server asked for; spread, so that visitors turned away together don't come back together. */
function pauseMs(attempt: number, retryAfterMs?: number): number {
  const backoffMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1))
  return Math.round(Math.max(FIRST_PAUSE_MS, retryAfterMs ?? backoffMs) * (1 + Math.random() / 2))
}

/** Ends early when the browser comes back online, where that is what it waits for. */
function pause(ms: number, untilOnline: boolean): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      globalThis.removeEventListener?.('online', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    if (untilOnline) globalThis.addEventListener?.('online', end)
  })
}
