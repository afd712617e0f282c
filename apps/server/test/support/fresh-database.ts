import { createDatabase } from '@registration/local-postgres'
import { inject } from 'vitest'

/** Creates an empty database on the PostgreSQL of this run and returns its URL. Each test file uses its own. */
export function freshDatabase(): Promise<string> {
  return createDatabase(inject('postgresUrl'))
}
