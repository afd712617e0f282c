import { Gauge, type Registry } from 'prom-client'
import type { RegistrationStatus } from '../registration/registration.ts'
import type { MetricsSources } from './metrics-sources.ts'

const UNFINISHED = ['pending', 'uncertain', 'stuck'] as const satisfies RegistrationStatus[]

/**
 * What the database alone knows of registrations, and whether it is there to say so.
 *
 * @returns what looks it up
 */
export function createUnfinishedGauges(
  registers: Registry[],
  sources: Pick<MetricsSources, 'unfinished' | 'isReady'>,
): () => Promise<void> {
  const unfinished = new Gauge({
    name: 'registration_unfinished',
    help: 'Registrations on file without an outcome, at most 10000 of each; those that are stuck wait for a person.',
    labelNames: ['status'] as const,
    registers,
  })
  const oldest = new Gauge({
    name: 'registration_oldest_unfinished_seconds',
    help: 'The age of the oldest registration that is pending or uncertain; 0 where there is none.',
    registers,
  })
  const database = new Gauge({
    name: 'registration_database_up',
    help: 'Whether the database answered when the metrics were read.',
    registers,
  })
  const readiness = new Gauge({
    name: 'registration_ready',
    help: 'Whether registrations can be taken now, as /readyz says.',
    registers,
  })

  return async () => {
    const found = await sources.unfinished()
    database.set(found ? 1 : 0)
    readiness.set(found && sources.isReady() ? 1 : 0)
    if (!found) return
    for (const status of UNFINISHED) unfinished.set({ status }, found[status])
    oldest.set(found.oldestSeconds)
  }
}
