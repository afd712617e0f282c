import type { RegistrationRequest } from '@registration/shared'
import type { TestServer } from '../support/start-server.ts'
import type { TestResponse, TransportClient } from '../support/transport-client.ts'
import type { ServerName } from './servers.ts'

/** One request, with what happens before it and what must hold after it. */
export interface RouteCase {
  /** The title of the test. */
  title: string
  /** The server that gets the request; `standard` by default. */
  server?: ServerName
  /** Only for this transport; by default for both. */
  transport?: 'REST' | 'tRPC'
  /** Prepares the test: the partner's misbehaviours, earlier requests. */
  arrange?: (context: RouteContext) => unknown
  /** Sends the request; by default the context's request. */
  send?: (context: RouteContext) => Promise<TestResponse>
  expected: ExpectedResponse
  /** The expected rows of the e-mail afterwards, oldest first, with the fields to check; none by default. */
  rows?: object[]
  /** The expected calls and accounts of the e-mail at the partner. */
  partner: { calls: number; accounts: number }
}

/** The server, client and visitor of one case. */
export interface RouteContext {
  server: TestServer
  client: TransportClient
  /** Unique to this case. */
  email: string
  request: RegistrationRequest
}

export interface ExpectedResponse {
  status: number
  /** The whole body. */
  answer: { code?: string; [field: string]: unknown }
}
