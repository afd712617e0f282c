import { startThrowawayPostgres } from '@registration/local-postgres'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The superuser's URL of the throw-away PostgreSQL that this run's test files share. */
    postgresUrl: string
  }
}

/** Starts one throw-away PostgreSQL for the whole run. Test files take a database each: `freshDatabase`. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const postgres = await startThrowawayPostgres()
  project.provide('postgresUrl', postgres.url)
  return () => postgres.stop()
}
