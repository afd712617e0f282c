import type { Migration } from 'kysely/migration'

/** A migration that runs while visitors go on to register. */
export interface OnlineMigration extends Migration {
  /**
   * Its statements are commits of their own, as CREATE INDEX CONCURRENTLY demands. Ended half-way, it runs again from the
   * beginning: what it makes, it first drops where a try before it has left it.
   */
  outsideTransaction?: true
}
