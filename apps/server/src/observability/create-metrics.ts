import { collectDefaultMetrics, Registry } from 'prom-client'
import { createDeliveryMetrics, type DeliveryMetrics } from './delivery-metrics.ts'
import { createFlushMetrics, type FlushMetrics } from './flush-metrics.ts'
import { createJournalMetrics, type JournalMetrics } from './journal-metrics.ts'
import type { MetricsSources } from './metrics-sources.ts'
import { oneAtATime } from './one-at-a-time.ts'
import { createProcessGauges } from './process-gauges.ts'
import { createRecoveryMetrics, type RecoveryMetrics } from './recovery-metrics.ts'
import { createRegistrationMetrics, type RegistrationMetrics } from './registration-metrics.ts'
import { createRequestMetrics, type RequestMetrics } from './request-metrics.ts'
import { createUnfinishedGauges } from './unfinished-gauges.ts'

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
