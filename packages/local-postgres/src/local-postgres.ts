/** A PostgreSQL server that this process started. It ends with this process, however that dies. */
export interface LocalPostgres extends AsyncDisposable {
  /** Leads the superuser into the database `postgres`, password included. */
  readonly url: string
  /** Ends the server in good order, open connections included. A throw-away one is then removed. */
  stop(): Promise<void>
  /** Ends the server as a power cut would: nothing is flushed, and the next start recovers from the log. */
  crash(): Promise<void>
  /** Starts the server again after `crash` or `stop`, on the same port and the same data. A throw-away one only after `crash`. */
  restart(): Promise<void>
  /** Makes an empty database with a name of its own, such as one for each test file. Returns its URL. */
  createDatabase(): Promise<string>
}
