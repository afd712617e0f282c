import { createDatabase } from '@registration/local-postgres'
import { inject } from 'vitest'

/** Makes an empty database on the run's PostgreSQL and returns its URL. One for each test file keeps them out of each other's way. */
export function freshDatabase(): Promise<string> {
  return createDatabase(inject('postgresUrl'))
}
