import type { RegistrationRequest, RegistrationResponse, StatusRequest } from '@registration/shared'
import type { RegistrationRouter } from '@registration/shared/router'
import { httpLink } from '@trpc/client/links/httpLink'
import type { RegistrationSettings } from './configure.ts'
import { readAnswer } from './read-answer.ts'
import type { Registration } from './registration.ts'
import { RegistrationError } from './registration-error.ts'

/** One procedure of the server with its input. */
export type Question =
  | { path: 'orchestrateRegistration'; input: RegistrationRequest }
  | { path: 'registrationStatus'; input: StatusRequest }

/** How one request is sent. */
export interface Sending {
  /** Lets the request outlive the page. */
  keepalive: boolean
  timeoutMs: number
}

/**
 * Bodies up to this many characters are sent with `keepalive`: at three bytes each they stay below the 64 KiB that
 * browsers allow. The server takes no more than 16 KiB anyway.
 */
const KEEPALIVE_CHARACTERS = 16_384

/** A page sends what CORS calls a simple request, so that no preflight goes ahead of it; without a page there is none. */
let contentType = typeof document === 'undefined' ? 'application/json' : 'text/plain'

/** One request to the server. Never rejects: what went wrong is a value too. */
export function askServer(
  { path, input }: Question,
  { endpoint, redirectHosts }: RegistrationSettings & { endpoint: string },
  { keepalive, timeoutMs }: Sending,
): Promise<Registration | RegistrationError> {
  let status = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  async function send(url: RequestInfo | URL, init?: object): Promise<Response> {
    const response = await fetch(url, {
      ...init,
      headers: { 'content-type': contentType },
      credentials: 'omit',
      keepalive: keepalive && JSON.stringify(input).length <= KEEPALIVE_CHARACTERS,
    })
    status = response.status
    if (status !== 415 || contentType === 'application/json') return response
    // A server that does not know simple requests: pay for the preflight, from now on.
    contentType = 'application/json'
    return send(url, init)
  }

  return new Promise<Registration | RegistrationError>((resolve) => {
    const link = httpLink<RegistrationRouter>({ url: `${endpoint}/trpc`, fetch: send })({})
    const op = { id: 1, type: 'mutation', path, input, context: {}, signal: null } as const
    const request = link({ op, next: undefined as never }).subscribe({
      next({ result }) {
        const { data } = result as { data?: RegistrationResponse }
        resolve(data ? readAnswer(data, redirectHosts) : noAnswer(status))
      },
      error({ data, cause }) {
        const failure = data?.registration
        resolve(failure ? new RegistrationError(failure.code, failure.error, failure) : noAnswer(status, cause))
      },
    })
    timer = setTimeout(() => request.unsubscribe(), timeoutMs)
  }).finally(() => clearTimeout(timer))
}

/** Nothing came, or something that our server never says, such as the error page of a proxy. */
function noAnswer(status: number, cause?: unknown): RegistrationError {
  const passing = status < 400 || [409, 429, 502, 503].includes(status)
  return new RegistrationError(
    passing ? 'NETWORK' : 'INTERNAL',
    `The registration server did not answer${status ? ` properly (HTTP ${status})` : ''}.`,
    { retryable: passing || status >= 500, cause },
  )
}
