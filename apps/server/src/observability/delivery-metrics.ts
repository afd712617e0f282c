import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { DeliveryWatcher } from '../events/create-deliveries.ts'
import { CALL_SECONDS } from './call-seconds.ts'
import type { MetricsSources } from './metrics-sources.ts'

export interface DeliveryMetrics {
  deliveries: Pick<DeliveryWatcher, 'ended'>
  /** Looks up what waits. */
  look(): Promise<void>
}

/** What other apps were told, and what waits for them. @param endpoints their names */
export function createDeliveryMetrics(
  registers: Registry[],
  endpoints: readonly string[],
  sources: Pick<MetricsSources, 'events'>,
): DeliveryMetrics {
  const attempts = new Counter({
    name: 'registration_event_deliveries_total',
    help: 'Attempts to deliver an event, by how they ended; dead ones are tried no more.',
    labelNames: ['endpoint', 'outcome'] as const,
    registers,
  })
  const seconds = new Histogram({
    name: 'registration_event_delivery_duration_seconds',
    help: 'One attempt, from connect to the answer.',
    labelNames: ['endpoint'] as const,
    buckets: CALL_SECONDS,
    registers,
  })
  const undelivered = new Gauge({
    name: 'registration_events',
    help: 'Events that wait for an endpoint, and those that were given up, at most 10000 of each.',
    labelNames: ['endpoint', 'state'] as const,
    registers,
  })
  const oldest = new Gauge({
    name: 'registration_oldest_undelivered_event_seconds',
    help: 'The age of the oldest event that waits; 0 where none does.',
    labelNames: ['endpoint'] as const,
    registers,
  })
  for (const endpoint of endpoints) {
    for (const outcome of ['delivered', 'failed', 'dead']) attempts.inc({ endpoint, outcome }, 0)
    seconds.zero({ endpoint })
  }

  return {
    deliveries: {
      ended({ endpoint }, { to }, durationMs) {
        attempts.inc({ endpoint, outcome: to === 'waiting' ? 'failed' : to })
        seconds.observe({ endpoint }, durationMs / 1_000)
      },
    },
    async look() {
      for (const { endpoint, waiting, dead, oldestSeconds } of await sources.events()) {
        undelivered.set({ endpoint, state: 'waiting' }, waiting)
        undelivered.set({ endpoint, state: 'dead' }, dead)
        oldest.set({ endpoint }, oldestSeconds)
      }
    },
  }
}
