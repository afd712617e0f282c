import { Agent, request } from 'undici'
import type { PostResult } from './delivery-outcome.ts'
import { DELIVERY_LEASE_MS, type RegistrationEvent } from './event-outbox.ts'
import { signEvent } from './sign-event.ts'

/** An app that gets events, with the secrets that sign them. */
export interface WebhookEndpoint {
  name: string
  url: string
  secrets: readonly string[]
}

export interface WebhookClient {
  /** Sends an event once. Never throws. */
  post(endpoint: WebhookEndpoint, event: RegistrationEvent): Promise<PostResult>
  close(): Promise<void>
}

/** From connecting to the response's last byte. Endpoints should respond before they process the event. */
const POST_WITHIN_MS = DELIVERY_LEASE_MS / 3
/** The response is read only to reuse the connection. */
const MAX_RESPONSE_BYTES = 16 * 1024

/** @param connections the maximum per endpoint */
export function createWebhookClient(connections: number): WebhookClient {
  const agent = new Agent({ connections, pipelining: 1, connect: { timeout: POST_WITHIN_MS } })
  return {
    async post({ url, secrets }, event) {
      const body = JSON.stringify(event)
      const signal = AbortSignal.timeout(POST_WITHIN_MS)
      try {
        // Redirects aren't followed: only the operator decides where events are sent.
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
        await response.body.dump({ limit: MAX_RESPONSE_BYTES, signal })
        return { status: response.statusCode, retryAfterMs: retryAfterMsOf(response.headers['retry-after']) }
      } catch (error) {
        return { status: null, error: errorCode(error) }
      }
    },
    close: () => agent.destroy(),
  }
}

/** The pause of a `Retry-After` header in seconds or as a date; null if it has neither, or the date has passed. */
export function retryAfterMsOf(header: string | string[] | undefined): number | null {
  const text = String(header ?? '').trim()
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.now()
  return ms > 0 ? ms : null
}

/** The error's code or name. Its message isn't used, since it may contain the URL, which may hold a secret. */
function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const { code, name } = error as NodeJS.ErrnoException
  return typeof code === 'string' ? code : name
}
