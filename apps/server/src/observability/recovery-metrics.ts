import { Counter, type Registry } from 'prom-client'
import type { RecoveryWatcher } from '../recovery/create-recovery.ts'

export type RecoveryMetrics = Omit<RecoveryWatcher, 'stuck'>

/** What recovery did. How many are stuck, the database says whenever the metrics are read. */
export function createRecoveryMetrics(registers: Registry[]): RecoveryMetrics {
  const events = new Counter({
    name: 'registration_recovery_events_total',
    help: 'Recovery: recovered, failed and deleted registrations, trouble with the queue, and looks for what is due (swept).',
    labelNames: ['what'] as const,
    registers,
  })
  for (const what of ['recovered', 'failed', 'deleted', 'troubled', 'swept']) events.inc({ what }, 0)
  return {
    troubled: () => events.inc({ what: 'troubled' }),
    recovered: () => events.inc({ what: 'recovered' }),
    failed: () => events.inc({ what: 'failed' }),
    swept: () => events.inc({ what: 'swept' }),
    deleted: (registrations) => events.inc({ what: 'deleted' }, registrations),
  }
}
