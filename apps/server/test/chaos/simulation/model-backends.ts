import type { OutageJournal } from '../../../src/journal/outage-journal.ts'
import { createModelJournal } from '../model/model-journal.ts'
import { createModelStore } from '../model/model-store.ts'
import { LEASE_MS } from '../model/scenario.ts'
import type { CreateBackends } from '../model/simulation-context.ts'
import { emailOf } from '../model/visitors.ts'
import { createModelPartner } from './model-partner.ts'

/** A database, disks and a partner in memory. */
export const createModelBackends: CreateBackends = async ({ scenario, now, isDiskFull }) => {
  const store = createModelStore({ now, leaseMs: LEASE_MS, replayForMs: Number.POSITIVE_INFINITY })
  const visitors = new Map(scenario.visitors.map((kind, visitor) => [emailOf(visitor), kind]))
  const journals = scenario.replicas.map(() => createModelJournal(isDiskFull))
  return {
    store,
    rows: async () => store.all(),
    isFinished: async () => store.all().every(({ status }) => status !== 'pending' && status !== 'uncertain'),
    partner: createModelPartner({ uniqueByEmail: scenario.uniqueByEmail, visitors }),
    openJournal: (replica) => journals[replica] as OutageJournal,
  }
}
