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

export interface Deliveries {
  start(): void
  /** Finishes what it is at. */
  stop(): Promise<void>
}

/** To one receiver at once, by each process. */
export const BATCH = 20
const LOOK_EVERY_MS = 1_000

/**
 * Every replica takes what is due, a few at a time, and writes how it went. The row alone says what is due: what a killed
 * process had taken is due again at the end of its lease. Each receiver has a loop of its own, so that one which is slow
 * or gone holds up no other.
 */
export function createDeliveries({ receivers, outbox, postman, clock, watcher }: DeliveriesOptions): Deliveries {
  const stopping = new AbortController()
  let loops: Promise<void>[] = []

  async function attempt(receiver: Receiver, delivery: Delivery) {
    const begun = clock.now()
    const end = endOf(await postman.post(receiver, delivery.event), delivery.attempt - delivery.attemptsBefore)
    watcher.ended(delivery, end, clock.now() - begun)
    return { delivery, end }
  }

  /** Says whether there may be more. */
  async function deliverSome(receiver: Receiver): Promise<boolean> {
    const claimed = await outbox.claim(receiver.name, BATCH, DELIVERY_LEASE_MS)
    if (claimed.length === 0) return false
    await outbox.finish(await Promise.all(claimed.map((delivery) => attempt(receiver, delivery))))
    return claimed.length === BATCH
  }

  async function deliverUntilStopped(receiver: Receiver): Promise<void> {
    while (!stopping.signal.aborted) {
      const mayBeMore = await deliverSome(receiver).catch((error: unknown) => {
        watcher.troubled(error)
        return false
      })
      // Replicas that started together needn't look together.
      if (!mayBeMore) await clock.pause(LOOK_EVERY_MS * (0.75 + Math.random() / 2), stopping.signal)
    }
  }

  return {
    start() {
      loops = receivers.map(deliverUntilStopped)
    },
    async stop() {
      stopping.abort()
      await Promise.all(loops)
      await postman.close()
    },
  }
}
