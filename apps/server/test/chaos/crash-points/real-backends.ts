import { join } from 'node:path'
import { createOutageJournal } from '../../../src/journal/outage-journal.ts'
import { createSecretBox } from '../../../src/store/secret-box.ts'
import type { TimedStore } from '../model/open-timed-store.ts'
import type { CreateBackends } from '../model/simulation-context.ts'
import { openSandboxBackend } from './sandbox-backend.ts'

type Method = (...args: never[]) => Promise<unknown>

const box = createSecretBox([{ id: 'k1', key: Buffer.alloc(32, 1) }])
let histories = 0

/** PostgreSQL, folders on disk, and the partner sandbox's ledger. One simulation at a time. */
export function realBackends({ store, pool, setNow }: TimedStore, folder: string): CreateBackends {
  return async ({ scenario, time, now }) => {
    histories += 1
    const volumes = join(folder, `history-${histories}`)
    await time.runTask(() => pool.query('truncate registrations, registration_calls'))

    /** Runs one statement at a time, at the simulated time. */
    const timed =
      (method: Method): Method =>
      (...args) =>
        time.runTask(async () => {
          await setNow(now())
          return method(...args)
        })
    const methods = Object.entries(store).map(([name, method]) => [name, timed(method as Method)])
    const timedStore = { ...store, ...Object.fromEntries(methods) }
    const idsOf = (condition: string) =>
      time.runTask(() => pool.query<{ id: string }>(`select id from registrations ${condition}`))

    return {
      store: timedStore,
      async rows() {
        const { rows } = await idsOf('order by id')
        return Promise.all(rows.map(({ id }) => timedStore.get(id)))
      },
      isFinished: async () => (await idsOf(`where status in ('pending', 'uncertain')`)).rowCount === 0,
      partner: await openSandboxBackend(scenario, time),
      openJournal(replica) {
        const journal = createOutageJournal(join(volumes, `replica-${replica}`), box)
        return {
          ...journal,
          append: (entry) => time.runTask(() => journal.append(entry)),
          rewrite: (left) => time.runTask(() => journal.rewrite(left)),
        }
      },
    }
  }
}
