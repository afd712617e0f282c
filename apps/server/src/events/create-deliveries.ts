import type { Job } from '../recovery/create-job-loop.ts'
import { slidingWindow } from '../recovery/sliding-window.ts'
import type { Clock } from '../registration/clock.ts'
import { deliveryOutcome } from './delivery-outcome.ts'
import { DELIVERY_LEASE_MS, type Delivery, type DeliveryOutcome, type EventOutbox } from './event-outbox.ts'
import type { WebhookClient, WebhookEndpoint } from './webhook-client.ts'

/** Gets the events of deliveries. Must not throw. */
export interface DeliveryListener {
  ended(delivery: Delivery, end: DeliveryOutcome, durationMs: number): void
  /** The end of a delivery could not be saved, usually because of the database. The event will be sent again. */
  outboxFailed(error: unknown): void
}

export interface DeliveriesOptions {
  webhooks: readonly WebhookEndpoint[]
  outbox: Pick<EventOutbox, 'claim' | 'finish'>
  client: WebhookClient
  clock: Clock
  listener: DeliveryListener
}

/** Concurrent deliveries per endpoint and process. */
export const CONCURRENT_DELIVERIES = 20
const POLL_EVERY_MS = 1_000

/**
 * Creates one job per endpoint that delivers its due events. A finished delivery is saved and replaced by the next one at
 * once, so that slow deliveries don't delay others. Only the rows say what is due: events claimed by a killed process are due
 * again when their lease ends.
 */
export function createDeliveries({ webhooks, outbox, client, clock, listener }: DeliveriesOptions): Job[] {
  async function attempt(endpoint: WebhookEndpoint, delivery: Delivery) {
    const startedAt = clock.now()
    const end = deliveryOutcome(await client.post(endpoint, delivery.event), delivery.attempt - delivery.attemptsBefore)
    listener.ended(delivery, end, clock.now() - startedAt)
    return { delivery, end }
  }

  return webhooks.map((endpoint) => {
    const finish = coalesceWrites(outbox.finish)
    return slidingWindow<Delivery>({
      name: `events for ${endpoint.name}`,
      everyMs: POLL_EVERY_MS,
      clock,
      limit: () => CONCURRENT_DELIVERIES,
      claim: (free) => outbox.claim(endpoint.name, free, DELIVERY_LEASE_MS),
      // If the end can't be saved, the event is sent again when its lease ends.
      handle: async (delivery) => finish(await attempt(endpoint, delivery)).catch(listener.outboxFailed),
    })
  })
}

/** Collects rows while a write is in progress, and writes them together in the next one. */
function coalesceWrites<Row>(write: (rows: readonly Row[]) => Promise<void>): (row: Row) => Promise<void> {
  let nextBatch: { rows: Row[]; written: Promise<void> } | undefined
  let writing: Promise<unknown> = Promise.resolve()
  return (row) => {
    if (!nextBatch) {
      const rows: Row[] = []
      const start = () => {
        nextBatch = undefined
        return write(rows)
      }
      const written = writing.then(start, start)
      nextBatch = { rows, written }
      writing = written
    }
    nextBatch.rows.push(row)
    return nextBatch.written
  }
}
