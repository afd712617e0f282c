import type { NaiveCommand } from '../workers/naive-server.ts'
import { startWorker } from '../workers/start-worker.ts'
import { type MeasuredDatabase, startDatabase } from './start-database.ts'
import type { Subject } from './subject.ts'

export interface NaiveOptions {
  fsync: boolean
  partnerUrl: string
}

/** The baseline: the same two steps without any of what makes them safe. */
export async function startNaive({ fsync, partnerUrl }: NaiveOptions): Promise<Subject> {
  await using started = new AsyncDisposableStack()
  const database = started.use(await startDatabase(fsync))
  const worker = started.use(startWorker<NaiveCommand, { url: string }>('./naive-server.ts'))
  const { url: origin } = await worker.ask({ databaseUrl: database.url, partnerUrl })
  const owned = started.move()
  return {
    pid: worker.pid,
    origin,
    database,
    countRows: (prefix) => countUsers(database, prefix),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

async function countUsers({ client }: MeasuredDatabase, prefix: string): Promise<number> {
  const { rows } = await client.query('select count(*)::int from users where starts_with(email, $1)', [prefix])
  return rows[0].count
}
