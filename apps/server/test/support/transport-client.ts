import type {
  RegistrationFailure,
  RegistrationRequest,
  RegistrationResponse,
  StatusRequest,
} from '@registration/shared'

/** A response of one of the two transports. */
export interface TestResponse {
  /** The HTTP status. */
  status: number
  headers: Headers
  /** The answer or the error object, without the transport's envelope. */
  answer: RegistrationResponse | RegistrationFailure
}

export type HeadersOf = Readonly<Record<string, string>>

/** A client of one transport. Errors are returned as responses, too. */
export interface TransportClient {
  orchestrateRegistration(request: RegistrationRequest, headers?: HeadersOf): Promise<TestResponse>
  registrationStatus(request: StatusRequest, headers?: HeadersOf): Promise<TestResponse>
  /** Sends this body unchanged to `orchestrateRegistration`. */
  send(body: string, headers?: HeadersOf): Promise<TestResponse>
}
