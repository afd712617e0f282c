import type { MeasuredDatabase } from './subjects/start-database.ts'

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

/** One way to register a visitor: a server, by one of its routes. */
export interface Contender {
  name: string
  subject: Subject
  route: string
  /** Signs the proof that its visitors bring; undefined where it asks for none. */
  proofSecret?: string
}

/** Of the benchmark's own servers. */
export const PLAIN_ROUTE = '/register'
export const TRPC_ROUTE = '/trpc/orchestrateRegistration'
export const REST_ROUTE = '/api/users/orchestrate-registration'
