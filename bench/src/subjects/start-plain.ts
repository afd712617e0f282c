import type { Subject } from '../contender.ts'
import type { PlainCommand } from '../workers/plain-command.ts'
import { startWorker } from '../workers/worker.ts'
import type { MeasuredDatabase } from './start-database.ts'

export interface PlainOptions {
  /** The naive route, or the bound. */
  worker: './naive-server.ts' | './bound-server.ts'
  openDatabase(): Promise<MeasuredDatabase>
  partnerUrl: string
}

/** A server of the benchmark's own, which saves visitors in a table `users`. */
export async function startPlain({ worker: file, openDatabase, partnerUrl }: PlainOptions): Promise<Subject> {
  await using started = new AsyncDisposableStack()
  const database = started.use(await openDatabase())
  const worker = started.use(startWorker<PlainCommand, { url: string }>(file))
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
  const { rows } = await client.query(
    'select count(*)::int from users where starts_with(email, $1) and login is not null',
    [prefix],
  )
  return rows[0].count
}
