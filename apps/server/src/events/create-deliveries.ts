import type { DueSource } from '../recovery/create-due-loop.ts'
import { slidingWindow } from '../recovery/sliding-window.ts'
import type { Clock } from '../registration/clock.ts'
import { endOf } from './end-of.ts'
import { DELIVERY_LEASE_MS, type Delivery, type DeliveryEnd, type EventOutbox } from './event-outbox.ts'
import type { WebhookClient, WebhookTarget } from './webhook-client.ts'

/** For whoever keeps watch. */
export interface DeliveryListener {
  ended(delivery: Delivery, end: DeliveryEnd, durationMs: number): void
  /** The outbox is in trouble, most often with the database; it goes on by itself. */
  troubled(error: unknown): void
}

export interface DeliveriesOptions {
  webhooks: readonly WebhookTarget[]
  outbox: Pick<EventOutbox, 'claim' | 'finish'>
  client: WebhookClient
  clock: Clock
  listener: DeliveryListener
}

/** Concurrent deliveries to each receiver, by each process. */
export const MOST_AT_ONCE = 20
const LOOK_EVERY_MS = 1_000

/**
 * What is due to each receiver, as a window of deliveries under way: each that ends is written down and replaced by the next
 * one, whatever the slow ones do. The row alone says what is due: what a killed process had taken is due again at the end of
 * its lease.
 */
export function createDeliveries({ webhooks, outbox, client, clock, listener }: DeliveriesOptions): DueSource[] {
  async function attempt(receiver: WebhookTarget, delivery: Delivery) {
    const begun = clock.now()
    const end = endOf(await client.post(receiver, delivery.event), delivery.attempt - delivery.attemptsBefore)
    listener.ended(delivery, end, clock.now() - begun)
    return { delivery, end }
  }

  return webhooks.map((receiver) => {
    const finish = together(outbox.finish)
    return slidingWindow<Delivery>({
      name: `events for ${receiver.name}`,
      everyMs: LOOK_EVERY_MS,
      clock,
      most: () => MOST_AT_ONCE,
      take: (room) => outbox.claim(receiver.name, room, DELIVERY_LEASE_MS),
      // What can't be written is sent again once its lease is over.
      handle: async (delivery) => finish(await attempt(receiver, delivery)).catch(listener.troubled),
    })
  })
}

/** Writes what comes while a write is under way together in the next one. */
function together<Row>(write: (rows: readonly Row[]) => Promise<void>): (row: Row) => Promise<void> {
  let gathering: { rows: Row[]; written: Promise<void> } | undefined
  let writing: Promise<unknown> = Promise.resolve()
  return (row) => {
    if (!gathering) {
      const rows: Row[] = []
      const begin = () => {
        gathering = undefined
        return write(rows)
      }
      const written = writing.then(begin, begin)
      gathering = { rows, written }
      writing = written
    }
    gathering.rows.push(row)
    return gathering.written
  }
}
