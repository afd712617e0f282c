import { migrate } from '../store/migrate.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import type { OpenRegistrations } from './open-registrations.ts'
import { printJson } from './print-json.ts'
import type { Bar, Terminal } from './terminal.ts'

/**
 * Migrates the tables, as a server with MIGRATE_ON_START does. Needs no confirmation: no data is lost, and the previous
 * version still works on the new schema.
 */
export async function migrateCommand({ config }: OpenRegistrations, terminal: Terminal): Promise<ExitCode> {
  const { databaseUrl = '', databaseSchema: schema } = config
  let bar: Bar | undefined
  await migrate(databaseUrl, schema, {
    onProgress: (done, total) => {
      bar ??= total > 0 ? terminal.showBar?.('Migrating', total) : undefined
      bar?.update(done)
    },
  }).finally(() => bar?.[Symbol.dispose]())
  printJson(terminal, { schema, upToDate: true })
  return EXIT.done
}
