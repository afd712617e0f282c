import type { Sending } from './ask-server.ts'
import { startBudget } from './budget.ts'
import { RegistrationError } from './registration-error.ts'
import type { ProgressListener } from './registration-progress.ts'

/** The server answers after its REQUEST_DEADLINE_MS (25 s) at the latest; longer than this, and the line is dead. */
const REQUEST_MS = 30_000

const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 8000

/**
 * Asks until there is an outcome, or no time left: the budget's own timer settles the promise, whatever `ask` still
 * waits for. Repeated are network errors, 409, 429, 502, 503 and `PENDING`; that is every retryable failure but `INTERNAL`,
 * whose cause is unknown. All requests of one registration carry one key, so none of them can make a second account.
 *
 * @param late makes the error for a budget that is used up before anything was answered
 */
export function untilSettled<Answer>(
  ask: (sending: Sending) => Promise<Answer | RegistrationError>,
  budgetMs: number,
  report: ProgressListener,
  late: () => RegistrationError,
): Promise<Answer> {
  return new Promise<Answer>((resolve, reject) => {
    let attempt = 1
    let keepalive = true
    let lastWord: RegistrationError | undefined
    let endPause = () => {}
    let isOver = false

    function settle(end: () => void): void {
      if (isOver) return
      isOver = true
      budget.stop()
      endPause()
      report('done', { attempt })
      end()
    }

    const budget = startBudget(budgetMs, () => settle(() => reject(lastWord ?? late())))

    async function run(): Promise<void> {
      for (; ; attempt++) {
        if (lastWord?.code !== 'PENDING') report('sending', { attempt })
        const reply = await ask({
          isOver: () => isOver,
          keepalive,
          timeoutMs: Math.min(REQUEST_MS, budget.leftMs()),
          lastCode: lastWord?.code,
        })
        if (isOver) return
        if (!(reply instanceof RegistrationError)) return settle(() => resolve(reply))
        const { code } = reply
        if (!reply.retryable || code === 'INTERNAL') return settle(() => reject(reply))

        // A browser may refuse `keepalive` itself (its 64 KiB are shared with the page's other requests): do without, once.
        keepalive = code !== 'NETWORK' || !keepalive
        // What the server said says more than that it could not be reached afterwards.
        if (code !== 'NETWORK' || !lastWord) lastWord = reply
        const last = lastWord
        const retryInMs = pauseMs(attempt, reply.retryAfterMs)
        if (retryInMs >= budget.leftMs()) return settle(() => reject(last))
        report(code === 'PENDING' ? 'waiting' : 'retrying', { attempt, code, retryInMs })
        await new Promise<void>((resume) => {
          endPause = pause(retryInMs, code === 'NETWORK', resume)
        })
        if (isOver) return
      }
    }

    run().then(undefined, (cause: unknown) => settle(() => reject(cause)))
  })
}

/** Never shorter than the server asked for; spread, so that visitors turned away together don't come back together. */
function pauseMs(attempt: number, retryAfterMs?: number): number {
  const backoffMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1))
  const askedMs = Number(retryAfterMs) >= 0 ? Number(retryAfterMs) : backoffMs
  return Math.round(Math.max(FIRST_PAUSE_MS, askedMs) * (1 + Math.random() / 2))
}

/** Ends early when the browser comes back online, where that is what it waits for. Returns what ends it. */
function pause(ms: number, untilOnline: boolean, whenOver: () => void): () => void {
  const end = () => {
    clearTimeout(timer)
    globalThis.removeEventListener?.('online', end)
    whenOver()
  }
  const timer = setTimeout(end, ms)
  if (untilOnline) globalThis.addEventListener?.('online', end)
  return end
}
