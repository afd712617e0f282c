import type { LocalPostgres } from './local-postgres.ts'

/** A PostgreSQL for tests, which is removed when it is stopped. */
export interface ThrowawayPostgres extends LocalPostgres {
  /** Ends the server by SIGKILL, which it can't answer with anything. There is no restart after it. */
  kill(): Promise<void>
  /**
   * Starts a synchronous standby: a second server with all that this one has, for which each commit of this one waits
   * from now on. Databases, roles and the password are the same.
   *
   * @param options.port of a server that it replaces; a free one by default
   */
  startStandby(options?: { port?: number }): Promise<StandbyPostgres>
}

/** A server that follows another one, its primary, and can take its place. */
export interface StandbyPostgres extends ThrowawayPostgres {
  /** Makes it a primary. Resolves when it takes writes. */
  promote(): Promise<void>
}
