import type { FailureCode, RegistrationFailure, RegistrationRequest, RegistrationResponse } from '@registration/shared'

export type Transport = 'rest' | 'trpc'

/** What a caller is left with: an outcome's name, `MALFORMED` for an answer outside the contract, `NETWORK` for none. */
export type AnswerCode = 'SUCCEEDED' | 'LINK_UNAVAILABLE' | 'PENDING' | FailureCode | 'MALFORMED' | 'NETWORK'

/** How one request ended. */
export interface RequestResult {
  code: AnswerCode
  /** Of HTTP; undefined without an answer. */
  status?: number
  /** The header, in seconds. */
  retryAfter?: string | null
  answer?: RegistrationResponse | RegistrationFailure
  /** Why there is no answer, or none that can be read. */
  problem?: unknown
  tookMs: number
}

const ROUTES: Record<Transport, string> = {
  rest: '/api/users/orchestrate-registration',
  trpc: '/trpc/orchestrateRegistration',
}

/** Sends one request through one door. Never throws. @param url undefined: there is nobody to connect to */
export async function sendRequest(
  url: string | undefined,
  door: Transport,
  request: RegistrationRequest,
  signal: AbortSignal,
): Promise<RequestResult> {
  const startedAt = performance.now()
  const tookMs = () => performance.now() - startedAt
  try {
    if (url === undefined) throw new Error('the server is down')
    const response = await fetch(`${url}${ROUTES[door]}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
      signal,
    })
    const body: unknown = await response.json()
    const { status, headers } = response
    const answer = door === 'rest' ? body : unwrapTrpc(body)
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

/** Whether it is of the contract; what is in it is the business of other tests. */
function isAnswer(answer: unknown): answer is RegistrationResponse | RegistrationFailure {
  if (typeof answer !== 'object' || answer === null || !('success' in answer)) return false
  return answer.success === true ? 'registrationId' in answer : 'error' in answer || 'retryAfterMs' in answer
}

function codeOf(answer: RegistrationResponse | RegistrationFailure): AnswerCode {
  return 'code' in answer ? answer.code : 'SUCCEEDED'
}
