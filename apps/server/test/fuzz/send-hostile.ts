import { registrationAnswerSchema, registrationFailureSchema } from '@registration/shared/schemas'
import { Agent, type Dispatcher, request } from 'undici'
import { z } from 'zod'
import type { HostileRequest } from './hostile-request.ts'

/** Every failure names its request. */
const failureSchema = registrationFailureSchema.extend({ requestId: z.uuid() })

/** The number of concurrent connections. */
export const CONNECTIONS = 16

export function createHostileAgent(): Agent {
  return new Agent({ connections: CONNECTIONS, pipelining: 1 })
}

/** Sends the request and returns the problem of its response, or undefined without one. */
export async function problemOfRequest(
  url: string,
  dispatcher: Agent,
  hostile: HostileRequest,
  countStatus: (status: number) => void,
): Promise<string | undefined> {
  const { method, path, headers, body } = hostile
  const hasBody = method !== 'GET' && method !== 'TRACE'
  const { statusCode, body: answer } = await request(`${url}${path}`, {
    method: method as Dispatcher.HttpMethod,
    headers,
    body: hasBody ? body : null,
    dispatcher,
  })
  countStatus(statusCode)
  return problemOfResponse(statusCode, await answer.text(), method)
}

/** The problem of a response by the contract, or undefined without one. */
export function problemOfResponse(status: number, text: string, method = 'POST'): string | undefined {
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
