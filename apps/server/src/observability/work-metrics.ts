import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { DeliveryListener } from '../events/create-deliveries.ts'
import type { JournalListener } from '../journal/create-result-writer.ts'
import type { RecoveryListener } from '../recovery/recover-due.ts'
import type { MetricsSources } from './gauges.ts'
import { CALL_SECONDS } from './registration-metrics.ts'

export interface DeliveryMetrics {
  deliveries: Pick<DeliveryListener, 'ended'>
  /** Queries the numbers of waiting and dead events. */
  update(): Promise<void>
}

/** Metrics of webhook deliveries and waiting events. @param endpoints the endpoints' names */
export function createDeliveryMetrics(
  registers: Registry[],
  endpoints: readonly string[],
  sources: Pick<MetricsSources, 'events'>,
): DeliveryMetrics {
  const attempts = new Counter({
    name: 'registration_event_deliveries_total',
    help: 'Attempts to deliver an event, by outcome; dead events are not tried again.',
    labelNames: ['endpoint', 'outcome'] as const,
    registers,
  })
  const seconds = new Histogram({
    name: 'registration_event_delivery_duration_seconds',
    help: 'One attempt, from connecting to the endpoint’s response.',
    labelNames: ['endpoint'] as const,
    buckets: CALL_SECONDS,
    registers,
  })
  const undelivered = new Gauge({
    name: 'registration_events',
    help: 'Waiting and dead events by endpoint, at most 10000 of each.',
    labelNames: ['endpoint', 'state'] as const,
    registers,
  })
  const oldest = new Gauge({
    name: 'registration_oldest_undelivered_event_seconds',
    help: 'Age of the oldest waiting event; 0 without one.',
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
    async update() {
      for (const { endpoint, waiting, dead, oldestSeconds } of await sources.events()) {
        undelivered.set({ endpoint, state: 'waiting' }, waiting)
        undelivered.set({ endpoint, state: 'dead' }, dead)
        oldest.set({ endpoint }, oldestSeconds)
      }
    },
  }
}

export interface FlushMetrics {
  onFlush(what: (typeof FLUSHED)[number], rows: number, seconds: number): void
}

const FLUSHED = ['intents', 'settlements'] as const
const FLUSH_ROWS = [1, 2, 5, 10, 20, 50, 100, 200, 500]
const FLUSH_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5]

/** Metrics of group commits: rows per batch, and duration. */
export function createFlushMetrics(registers: Registry[]): FlushMetrics {
  const flushRows = new Histogram({
    name: 'registration_flush_rows',
    help: 'Rows that shared a commit.',
    labelNames: ['what'] as const,
    buckets: FLUSH_ROWS,
    registers,
  })
  const flushSeconds = new Histogram({
    name: 'registration_flush_duration_seconds',
    help: 'From sending a batch to its commit.',
    labelNames: ['what'] as const,
    buckets: FLUSH_SECONDS,
    registers,
  })
  for (const what of FLUSHED) {
    flushRows.zero({ what })
    flushSeconds.zero({ what })
  }
  return {
    onFlush(what, rows, seconds) {
      flushRows.observe({ what }, rows)
      flushSeconds.observe({ what }, seconds)
    },
  }
}

export type JournalMetrics = Pick<JournalListener, 'journaled' | 'refused' | 'unwritable' | 'unreadable' | 'drained'>

/** Metrics of results that the database did not accept at once. */
export function createJournalMetrics(registers: Registry[]): JournalMetrics {
  const results = new Counter({
    name: 'registration_journal_results_total',
    help: 'Results that the database did not accept at once: journaled, unsafe (on no disk), refused, unwritable, drained, unreadable.',
    labelNames: ['what'] as const,
    registers,
  })
  for (const what of ['journaled', 'unsafe', 'refused', 'unwritable', 'unreadable', 'drained']) results.inc({ what }, 0)
  return {
    journaled: (_, __, { onDisk }) => results.inc({ what: onDisk ? 'journaled' : 'unsafe' }),
    refused: () => results.inc({ what: 'refused' }),
    unwritable: () => results.inc({ what: 'unwritable' }),
    unreadable: (lines) => results.inc({ what: 'unreadable' }, lines),
    drained: (entries) => results.inc({ what: 'drained' }, entries),
  }
}

export type RecoveryMetrics = Omit<RecoveryListener, 'stuck'>

/** Metrics of recovery. The number of stuck registrations is a gauge, read from the database. */
export function createRecoveryMetrics(registers: Registry[]): RecoveryMetrics {
  const events = new Counter({
    name: 'registration_recovery_events_total',
    help: 'Recovery: recovered, failed and deleted registrations, failed searches for due ones (troubled), and searches (swept).',
    labelNames: ['what'] as const,
    registers,
  })
  for (const what of ['recovered', 'failed', 'deleted', 'troubled', 'swept']) events.inc({ what }, 0)
  return {
    jobFailed: () => events.inc({ what: 'troubled' }),
    recovered: () => events.inc({ what: 'recovered' }),
    failed: () => events.inc({ what: 'failed' }),
    swept: () => events.inc({ what: 'swept' }),
    deleted: (registrations) => events.inc({ what: 'deleted' }, registrations),
  }
}
