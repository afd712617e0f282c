import type {
  RegistrationFailure,
  RegistrationRequest,
  RegistrationResponse,
  StatusRequest,
} from '@registration/shared'

/** What a door sent back. */
export interface TestResponse {
  /** Of HTTP. */
  status: number
  headers: Headers
  /** The answer or the error object, out of the door's own envelope. */
  answer: RegistrationResponse | RegistrationFailure
}

export type HeadersOf = Readonly<Record<string, string>>

/** One door, as its caller sees it. Failures are replies too. */
export interface TransportClient {
  orchestrateRegistration(request: RegistrationRequest, headers?: HeadersOf): Promise<TestResponse>
  registrationStatus(request: StatusRequest, headers?: HeadersOf): Promise<TestResponse>
  /** Sends a body as it stands to `orchestrateRegistration`. */
  send(body: string, headers?: HeadersOf): Promise<TestResponse>
}
