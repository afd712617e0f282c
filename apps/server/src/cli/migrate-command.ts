import { migrate } from '../store/migrate.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import type { OpenRegistrations } from './open-registrations.ts'
import { printJson } from './print-json.ts'
import type { Bar, Terminal } from './terminal.ts'

/**
 * Brings the tables up to date, as a server with MIGRATE_ON_START does, and as little asks anybody: nothing
 * that is held is lost by it, and the version before goes on serving on the new schema.
 */
export async function migrateCommand({ config }: OpenRegistrations, terminal: Terminal): Promise<ExitCode> {
  const { databaseUrl = '', databaseSchema: schema } = config
  let bar: Bar | undefined
  await migrate(databaseUrl, schema, {
    onProgress: (done, total) => {
      bar ??= total > 0 ? terminal.showBar?.('Migrating', total) : undefined
      bar?.reach(done)
    },
  }).finally(() => bar?.[Symbol.dispose]())
  printJson(terminal, { schema, upToDate: true })
  return EXIT.done
}
