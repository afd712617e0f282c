// A process that starts a PostgreSQL, says where, and lives until it is told to end. It then still needs its database.
import { startPersistentPostgres } from '../../src/start-persistent-postgres.ts'
import { startThrowawayPostgres } from '../../src/start-throwaway-postgres.ts'

const [dataDir] = process.argv.slice(2)
const postgres = await (dataDir ? startPersistentPostgres({ dataDir }) : startThrowawayPostgres())

async function end(): Promise<void> {
  await postgres.createDatabase()
  await postgres.stop()
}
process.once('SIGINT', end).once('SIGTERM', end)
// The reader of this line may send a signal at once.
process.stdout.write(`${postgres.url}\n`)
