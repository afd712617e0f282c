import type { FailureCode, RegistrationFailure, RegistrationRequest, RegistrationResponse } from '@registration/shared'

export type Transport = 'rest' | 'trpc'

/** The code of an outcome or failure, `MALFORMED` for a response outside the contract, `NETWORK` for no response. */
export type AnswerCode = 'SUCCEEDED' | 'LINK_UNAVAILABLE' | 'PENDING' | FailureCode | 'MALFORMED' | 'NETWORK'

/** How one request ended. */
export interface RequestResult {
  code: AnswerCode
  /** The HTTP status; undefined without a response. */
  status?: number
  /** The Retry-After header, in seconds. */
  retryAfter?: string | null
  answer?: RegistrationResponse | RegistrationFailure
  /** Why there is no response, or an unreadable one. */
  problem?: unknown
  tookMs: number
}

const ROUTES: Record<Transport, string> = {
  rest: '/api/users/orchestrate-registration',
  trpc: '/trpc/orchestrateRegistration',
}

/** Sends one request over one transport. Never throws. @param url undefined if the server is down */
export async function sendRequest(
  url: string | undefined,
  transport: Transport,
  request: RegistrationRequest,
  signal: AbortSignal,
): Promise<RequestResult> {
  const startedAt = performance.now()
  const tookMs = () => performance.now() - startedAt
  try {
    if (url === undefined) throw new Error('the server is down')
    const response = await fetch(`${url}${ROUTES[transport]}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
      signal,
    })
    const body: unknown = await response.json()
    const { status, headers } = response
    const answer = transport === 'rest' ? body : unwrapTrpc(body)
    const read = { status, retryAfter: headers.get('retry-after'), tookMs: tookMs() }
    return isAnswer(answer)
      ? { ...read, answer, code: codeOf(answer) }
      : { ...read, code: 'MALFORMED', problem: JSON.stringify(body) }
  } catch (problem) {
    return { code: 'NETWORK', problem, tookMs: tookMs() }
  }
}

interface Envelope {
  result?: { data: unknown }
  error?: { data?: { registration?: unknown } }
}

function unwrapTrpc(body: unknown): unknown {
  const { result, error } = (body ?? {}) as Envelope
  return result?.data ?? error?.data?.registration
}

/** Whether the response has the shape of the contract; other tests check its content. */
function isAnswer(answer: unknown): answer is RegistrationResponse | RegistrationFailure {
  if (typeof answer !== 'object' || answer === null || !('success' in answer)) return false
  return answer.success === true ? 'registrationId' in answer : 'error' in answer || 'retryAfterMs' in answer
}

function codeOf(answer: RegistrationResponse | RegistrationFailure): AnswerCode {
  return 'code' in answer ? answer.code : 'SUCCEEDED'
}
