import type { OutageJournal } from '../../../src/journal/outage-journal.ts'
import { createModelJournal } from '../model/model-journal.ts'
import { createModelStore } from '../model/model-store.ts'
import { LEASE_MS } from '../model/plan.ts'
import { emailOf } from '../model/visitors.ts'
import type { LayGround } from '../model/world.ts'
import { createModelBooks } from './model-books.ts'

/** A database, disks and a partner in memory. */
export const layModelGround: LayGround = async ({ plan, now, isDiskFull }) => {
  const store = createModelStore({ now, leaseMs: LEASE_MS, replayForMs: Number.POSITIVE_INFINITY })
  const visitors = new Map(plan.visitors.map((kind, visitor) => [emailOf(visitor), kind]))
  const journals = plan.replicas.map(() => createModelJournal(isDiskFull))
  return {
    store,
    rows: async () => store.all(),
    isFinished: async () => store.all().every(({ status }) => status !== 'pending' && status !== 'uncertain'),
    books: createModelBooks({ uniqueByEmail: plan.uniqueByEmail, visitors }),
    openJournal: (replica) => journals[replica] as OutageJournal,
  }
}
