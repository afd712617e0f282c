import type { MeasuredDatabase } from './start-database.ts'

/** A server under measurement, with a database that nobody else uses. */
export interface Subject extends AsyncDisposable {
  pid: number
  /** Where it listens, such as `http://127.0.0.1:40123`. */
  origin: string
  database: MeasuredDatabase
  /** How many visitors whose e-mail begins with the prefix are saved. */
  countRows(prefix: string): Promise<number>
  /** Waits for what is done after the answers, and belongs to their cost. */
  untilDone?(): Promise<void>
}
