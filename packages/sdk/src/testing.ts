import {
  FAILURES,
  type FailureCode,
  type RegistrationFailure,
  type RegistrationRequest,
  type RegistrationResponse,
  type UserData,
} from '@registration/shared'
import { delay, HttpResponse, http, type RequestHandler } from 'msw'

/**
 * Every way a registration can end, by name: `REGISTERED` and `REPLAYED` (a link), `PENDING` (for good),
 * `PENDING_THEN_REGISTERED` (once), `LINK_UNAVAILABLE`, each failure code, `NETWORK` (the connection breaks) and
 * `SILENCE` (no answer ever, for the page's progress display).
 */
export type RegistrationOutcome =
  | FailureCode
  | 'REGISTERED'
  | 'REPLAYED'
  | 'PENDING'
  | 'PENDING_THEN_REGISTERED'
  | 'LINK_UNAVAILABLE'
  | 'NETWORK'
  | 'SILENCE'

/** What the outcome says in particular. */
export interface RegistrationOutcomeDetails {
  /** The server that the page is configured with; any, when absent. */
  endpoint?: string
  depositUrl?: string
  /** Added to what the request said of the visitor. */
  userData?: Partial<UserData>
  /** The sentence of a failure, such as the partner's own. */
  error?: string
  /** With `PENDING` and retryable failures; 1 when absent, so that tests don't wait. */
  retryAfterMs?: number
}

const REGISTRATION_ID = '00000000-0000-4000-8000-000000000000'

/**
 * MSW request handlers that answer as the registration server does, for the tests of a page that uses this package:
 *
 * @example
 * const server = setupServer(...registrationHandlers('REGISTERED'))
 * server.use(...registrationHandlers('MULTIPLE_ACCOUNTS', { error: 'Multiple accounts are not allowed' }))
 */
export function registrationHandlers(
  outcome: RegistrationOutcome,
  details: RegistrationOutcomeDetails = {},
): RequestHandler[] {
  const base = details.endpoint?.replace(/\/+$/, '') ?? '*'
  let calls = 0
  return [
    http.head(`${base}/trpc/registrationStatus`, () => new HttpResponse(null, { status: 204 })),
    ...['orchestrateRegistration', 'registrationStatus'].map((procedure) =>
      http.post(`${base}/trpc/${procedure}`, async ({ request }) => {
        if (outcome === 'NETWORK') return HttpResponse.error()
        if (outcome === 'SILENCE') await delay('infinite')
        const input = (await request.json()) as RegistrationRequest
        return outcome in FAILURES
          ? failed(outcome as FailureCode, details)
          : answered(outcome, { ...input, calls: ++calls }, details)
      }),
    ),
  ]
}

function answered(
  outcome: RegistrationOutcome,
  { email, name, visitorId, calls }: RegistrationRequest & { calls: number },
  { depositUrl = 'https://partner.example/deposit', userData, retryAfterMs = 1 }: RegistrationOutcomeDetails,
) {
  const registrationId = REGISTRATION_ID
  if (outcome === 'PENDING' || (outcome === 'PENDING_THEN_REGISTERED' && calls === 1)) {
    return result({ success: false, code: 'PENDING', registrationId, retryAfterMs }, 202)
  }
  const registered = {
    success: true as const,
    registrationId,
    userData: { success: true, email, name: name ?? null, visitorId, ...userData },
    replayed: outcome === 'REPLAYED',
  }
  return outcome === 'LINK_UNAVAILABLE'
    ? result({ ...registered, code: 'LINK_UNAVAILABLE', depositUrl: null })
    : result({ ...registered, depositUrl })
}

function result(data: RegistrationResponse, status = 200) {
  return HttpResponse.json({ result: { data } }, { status })
}

function failed(code: FailureCode, { error, retryAfterMs = 1 }: RegistrationOutcomeDetails) {
  const { http: httpStatus, retryable, sentence } = FAILURES[code]
  const message = error ?? sentence
  const registration: RegistrationFailure = {
    success: false,
    error: message,
    code,
    retryable,
    requestId: 'test-request',
    ...(retryable && { retryAfterMs }),
  }
  const data = { code: FAILURES[code].trpc, httpStatus, registration }
  return HttpResponse.json({ error: { message, code: -32600, data } }, { status: httpStatus })
}
