import type { RegistrationRequest } from '@registration/shared'
import type { Client, Reply } from '../support/client.ts'
import type { TestServer } from '../support/start-server.ts'
import type { World } from './worlds.ts'

/** One call at one door, with what must be true before it and after it. */
export interface Row {
  /** What it promises. */
  it: string
  /** The server that it is sent to; the usual one by default. */
  world?: World
  /** For what only one door has. */
  door?: 'REST' | 'tRPC'
  /** What happened before: the partner's misbehaviours, other calls. */
  before?: (scene: Scene) => unknown
  /** What is sent; the scene's request by default. */
  send?: (scene: Scene) => Promise<Reply>
  reply: ExpectedReply
  /** The rows of the e-mail afterwards, oldest first, as far as they matter; none by default. */
  onFile?: object[]
  /** Calls that reached the partner, and accounts that it has of them. */
  partner: { calls: number; accounts: number }
}

/** Whose row it is and where it happens. */
export interface Scene {
  server: TestServer
  client: Client
  /** Like nobody else's. */
  email: string
  request: RegistrationRequest
}

export interface ExpectedReply {
  status: number
  /** The whole of it. */
  answer: { code?: string; [field: string]: unknown }
}
