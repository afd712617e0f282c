/** A PostgreSQL server that this process started. It ends with this process, however that dies. */
export interface LocalPostgres extends AsyncDisposable {
  /** Leads the superuser into the database `postgres`, password included. */
  readonly url: string
  /** Ends the server cleanly, open connections included. A throw-away one is then removed. */
  stop(): Promise<void>
  /** Ends the server as a power cut would: nothing is flushed, and the next start recovers from the log. */
  crash(): Promise<void>
  /** Starts the server again after `crash` or `stop`, on the same port and the same data. A throw-away one only after `crash`. */
  restart(): Promise<void>
  /** Makes an empty database with a name of its own, such as one for each test file. Returns its URL. */
  createDatabase(): Promise<string>
}

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
