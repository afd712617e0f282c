import { Agent, request } from 'undici'
import type { Posted } from './end-of.ts'
import { DELIVERY_LEASE_MS, type RegistrationEvent } from './event-outbox.ts'
import { signEvent } from './sign-event.ts'

/** Who is to be told, where, and what proves that it is us. */
export interface WebhookTarget {
  name: string
  url: string
  secrets: readonly string[]
}

export interface WebhookClient {
  /** Sends an event once. Never throws. */
  post(receiver: WebhookTarget, event: RegistrationEvent): Promise<Posted>
  close(): Promise<void>
}

/** From connect to the answer's last byte. Receivers should take it and work afterwards. */
const POST_WITHIN_MS = DELIVERY_LEASE_MS / 3
/** An answer is read only so that the connection can be used again. */
const MOST_ANSWER_BYTES = 16 * 1024

/** @param connections to each receiver at once */
export function createWebhookClient(connections: number): WebhookClient {
  const agent = new Agent({ connections, pipelining: 1, connect: { timeout: POST_WITHIN_MS } })
  return {
    async post({ url, secrets }, event) {
      const body = JSON.stringify(event)
      const signal = AbortSignal.timeout(POST_WITHIN_MS)
      try {
        // It follows no redirect: where a message may go is for the operator to say.
        const response = await request(url, {
          dispatcher: agent,
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'user-agent': 'registration-orchestrator',
            ...signEvent(secrets, event.id, Math.floor(Date.now() / 1_000), body),
          },
          body,
          signal,
        })
        await response.body.dump({ limit: MOST_ANSWER_BYTES, signal })
        return { status: response.statusCode, retryAfterMs: retryAfterMsOf(response.headers['retry-after']) }
      } catch (error) {
        return { status: null, error: wordFor(error) }
      }
    },
    close: () => agent.destroy(),
  }
}

/** HTTP allows seconds or a date. Null when there is neither, or the date has passed. */
export function retryAfterMsOf(header: string | string[] | undefined): number | null {
  const text = String(header ?? '').trim()
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.now()
  return ms > 0 ? ms : null
}

/** Messages hold addresses, which may hold secrets. */
function wordFor(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const { code, name } = error as NodeJS.ErrnoException
  return typeof code === 'string' ? code : name
}
