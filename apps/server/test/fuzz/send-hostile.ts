import { registrationAnswerSchema, registrationFailureSchema } from '@registration/shared/schemas'
import { Agent, type Dispatcher, request } from 'undici'
import { z } from 'zod'
import type { HostileRequest } from './hostile-request.ts'

/** Every failure names its request. */
const failureSchema = registrationFailureSchema.extend({ requestId: z.uuid() })

/** Connections at once; more of them only wait. */
export const CONNECTIONS = 16

export function createHostileAgent(): Agent {
  return new Agent({ connections: CONNECTIONS, pipelining: 1 })
}

/** What came of it: what is wrong with the answer, or undefined where nothing is. */
export async function objectionTo(
  url: string,
  dispatcher: Agent,
  hostile: HostileRequest,
  answeredWith: (status: number) => void,
): Promise<string | undefined> {
  const { method, path, headers, body } = hostile
  const hasBody = method !== 'GET' && method !== 'TRACE'
  const { statusCode, body: answer } = await request(`${url}${path}`, {
    method: method as Dispatcher.HttpMethod,
    headers,
    body: hasBody ? body : null,
    dispatcher,
  })
  answeredWith(statusCode)
  return objectionToAnswer(statusCode, await answer.text(), method)
}

/** An answer is the contract's, or it isn't one. */
export function objectionToAnswer(status: number, text: string, method = 'POST'): string | undefined {
  if (status >= 500) return `HTTP ${status}: ${text}`
  // Pages, documents and preflights have no envelope.
  if (method !== 'POST' && status < 400) return undefined
  const parsed = parse(text)
  const inner = parsed?.['error'] as { data?: { registration?: unknown } } | undefined
  if (status >= 400) {
    const failure = failureSchema.safeParse(inner?.data?.registration ?? parsed)
    return failure.success ? undefined : `HTTP ${status} without an error object: ${text.slice(0, 300)}`
  }
  const result = parsed?.['result'] as { data?: unknown } | undefined
  return registrationAnswerSchema.safeParse(result?.data ?? parsed).success
    ? undefined
    : `HTTP ${status}: ${text.slice(0, 300)}`
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
