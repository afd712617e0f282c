import { collectDefaultMetrics, Registry } from 'prom-client'
import { coalesce } from './coalesce.ts'
import { createProcessGauges, createUnfinishedGauges, type MetricsSources } from './gauges.ts'
import {
  createRegistrationMetrics,
  createRequestMetrics,
  type RegistrationMetrics,
  type RequestMetrics,
} from './registration-metrics.ts'
import {
  createDeliveryMetrics,
  createFlushMetrics,
  createJournalMetrics,
  createRecoveryMetrics,
  type DeliveryMetrics,
  type FlushMetrics,
  type JournalMetrics,
  type RecoveryMetrics,
} from './work-metrics.ts'

/** The Prometheus metrics. No label contains a visitor's data, a link, a key or a registration's id. */
export interface Metrics
  extends RequestMetrics,
    RegistrationMetrics,
    FlushMetrics,
    Pick<DeliveryMetrics, 'deliveries'> {
  journal: JournalMetrics
  recovery: RecoveryMetrics
  /** Returns all metrics in Prometheus' text format. Concurrent reads share the database queries. */
  read(): Promise<{ contentType: string; body: string }>
}

/**
 * Creates every series with the value zero. A counter whose series began at 1 would show Prometheus no increase, and the
 * first event would raise no alert.
 *
 * @param endpoints names of the webhook endpoints
 */
export function createMetrics(endpoints: readonly string[], sources: MetricsSources): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  createProcessGauges(registers, sources)
  const updateUnfinished = createUnfinishedGauges(registers, sources)
  const { deliveries, update: updateEvents } = createDeliveryMetrics(registers, endpoints, sources)

  return {
    ...createRequestMetrics(registers),
    ...createRegistrationMetrics(registers),
    ...createFlushMetrics(registers),
    journal: createJournalMetrics(registers),
    recovery: createRecoveryMetrics(registers),
    deliveries,
    read: coalesce(async () => {
      await Promise.all([updateUnfinished(), updateEvents()])
      return { contentType: registry.contentType, body: await registry.metrics() }
    }),
  }
}
