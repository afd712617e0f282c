import { Counter, type Registry } from 'prom-client'
import type { RecoveryListener } from '../recovery/recover-due.ts'

export type RecoveryMetrics = Omit<RecoveryListener, 'stuck'>

/** What recovery did. How many are stuck, the database says whenever the metrics are read. */
export function createRecoveryMetrics(registers: Registry[]): RecoveryMetrics {
  const events = new Counter({
    name: 'registration_recovery_events_total',
    help: 'Recovery: recovered, failed and deleted registrations, failed looks (troubled), and looks for what is due (swept).',
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
