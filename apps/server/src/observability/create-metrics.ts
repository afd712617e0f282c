import { collectDefaultMetrics, Registry } from 'prom-client'
import { createProcessGauges, createUnfinishedGauges, type MetricsSources } from './gauges.ts'
import { oneAtATime } from './one-at-a-time.ts'
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

/** Counts what happens, for Prometheus. No label names a visitor, a link, a key or a registration. */
export interface Metrics
  extends RequestMetrics,
    RegistrationMetrics,
    FlushMetrics,
    Pick<DeliveryMetrics, 'deliveries'> {
  journal: JournalMetrics
  recovery: RecoveryMetrics
  /** In Prometheus' text format. What is looked up for it is looked up once for all who read meanwhile. */
  read(): Promise<{ contentType: string; body: string }>
}

/**
 * Prometheus sees no increase where a series begins: so each part has its series at zero before anything happens that
 * may alert somebody.
 *
 * @param endpoints names of the apps that are told of events
 */
export function createMetrics(endpoints: readonly string[], sources: MetricsSources): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  createProcessGauges(registers, sources)
  const lookAtUnfinished = createUnfinishedGauges(registers, sources)
  const { deliveries, look: lookAtEvents } = createDeliveryMetrics(registers, endpoints, sources)

  return {
    ...createRequestMetrics(registers),
    ...createRegistrationMetrics(registers),
    ...createFlushMetrics(registers),
    journal: createJournalMetrics(registers),
    recovery: createRecoveryMetrics(registers),
    deliveries,
    read: oneAtATime(async () => {
      await Promise.all([lookAtUnfinished(), lookAtEvents()])
      return { contentType: registry.contentType, body: await registry.metrics() }
    }),
  }
}
