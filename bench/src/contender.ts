import type { Subject } from './subjects/subject.ts'

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
