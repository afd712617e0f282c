import type { DueSource } from '../recovery/create-due-loop.ts'
import { slidingWindow } from '../recovery/sliding-window.ts'
import type { Clock } from '../registration/clock.ts'
import { DELIVERY_LEASE_MS, type Delivery, type DeliveryEnd, type EventOutbox } from '../registration/event-outbox.ts'
import type { Postman, Receiver } from './create-postman.ts'
import { endOf } from './end-of.ts'

/** For whoever keeps watch. */
export interface DeliveryWatcher {
  ended(delivery: Delivery, end: DeliveryEnd, durationMs: number): void
  /** The outbox is in trouble, most often with the database; it goes on by itself. */
  troubled(error: unknown): void
}

export interface DeliveriesOptions {
  receivers: readonly Receiver[]
  outbox: Pick<EventOutbox, 'claim' | 'finish'>
  postman: Postman
  clock: Clock
  watcher: DeliveryWatcher
}

/** Concurrent deliveries to each receiver, by each process. */
export const MOST_AT_ONCE = 20
const LOOK_EVERY_MS = 1_000

/**
 * What is due to each receiver, as a window of deliveries under way: each that ends is written down and replaced by the next
 * one, whatever the slow ones do. The row alone says what is due: what a killed process had taken is due again at the end of
 * its lease.
 */
export function createDeliveries({ receivers, outbox, postman, clock, watcher }: DeliveriesOptions): DueSource[] {
  async function attempt(receiver: Receiver, delivery: Delivery) {
    const begun = clock.now()
    const end = endOf(await postman.post(receiver, delivery.event), delivery.attempt - delivery.attemptsBefore)
    watcher.ended(delivery, end, clock.now() - begun)
    return { delivery, end }
  }

  return receivers.map((receiver) => {
    const finish = together(outbox.finish)
    return slidingWindow<Delivery>({
      name: `events for ${receiver.name}`,
      everyMs: LOOK_EVERY_MS,
      clock,
      most: () => MOST_AT_ONCE,
      take: (room) => outbox.claim(receiver.name, room, DELIVERY_LEASE_MS),
      // What can't be written is sent again once its lease is over.
      handle: async (delivery) => finish(await attempt(receiver, delivery)).catch(watcher.troubled),
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
