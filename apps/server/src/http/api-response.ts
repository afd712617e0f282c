import { STATUS_CODES } from 'node:http'
import {
  FAILURES,
  type FailureCode,
  type InputIssue,
  type RegistrationFailure,
  type RegistrationResponse,
} from '@registration/shared'

import { TRPCError } from '@trpc/server'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ZodError } from 'zod'
import { safeError } from '../observability/safe-error.ts'
import { ApiError } from '../registration/api-error.ts'

/** 202 while the outcome isn't known. */
export function responseStatus(response: RegistrationResponse): number {
  return response.success ? 200 : 202
}

/** The code of a response in the log and the metrics. */
export function responseCode(response: RegistrationResponse): string {
  return 'code' in response ? response.code : 'SUCCEEDED'
}

/** Sends an error in the transport's own envelope. An `INTERNAL` error is logged with its cause. */
export function sendError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  envelope: (response: ErrorResponse) => unknown,
): FastifyReply {
  const apiError = asApiError(error)
  request.registrationCode = apiError.code
  if (apiError.code === 'INTERNAL')
    request.log.error({ err: safeError(apiError.cause) }, 'a request failed unexpectedly')
  const response = failureOf(apiError, request.id)
  const { retryAfterMs } = response.failure
  if (retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(retryAfterMs / 1_000))
  return reply.code(response.status).send(envelope(response))
}

/** A failure and its HTTP status. */
export interface ErrorResponse {
  status: number
  failure: RegistrationFailure
}

/** The `retryAfterMs` of an error that has none of its own. */
const RETRY_AFTER_MS = 1_000

/**
 * The response to an error. An error that isn't an `ApiError` becomes `INTERNAL` with a fixed sentence, because its message
 * may hold internals.
 */
export function failureOf(error: unknown, requestId: string): ErrorResponse {
  const { code, sentence, registrationId, retryAfterMs, issues } = asApiError(error)
  const { http, retryable, sentence: usual } = FAILURES[code]
  return {
    status: clientErrorStatus(error) ?? http,
    failure: {
      success: false,
      error: sentence ?? usual,
      code,
      retryable,
      requestId,
      ...(registrationId === undefined ? {} : { registrationId }),
      ...(retryable ? { retryAfterMs: Math.ceil(retryAfterMs ?? RETRY_AFTER_MS) } : {}),
      // An error of the body as a whole has one issue, too, so that callers need one way to read them.
      ...(code === 'INVALID_INPUT' ? { issues: [...(issues ?? [{ path: '', message: sentence ?? usual }])] } : {}),
    },
  }
}

/** Converts any error to an `ApiError`; unknown ones become `INTERNAL` with the error as cause. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  if (error instanceof TRPCError) return fromTrpcError(error)
  if (error instanceof ZodError) {
    const issues = error.issues.map(({ path, message }) => ({ path: path.join('.'), message }))
    return new ApiError('INVALID_INPUT', { sentence: describeIssues(issues), issues })
  }
  const code = (error as { code?: unknown } | null)?.code
  const sentence = typeof code === 'string' ? FASTIFY_SENTENCES[code] : undefined
  if (sentence) return new ApiError('INVALID_INPUT', { sentence })
  const status = clientErrorStatus(error)
  // Its message may hold what the client has sent.
  if (status !== undefined)
    return new ApiError('INVALID_INPUT', { sentence: `${STATUS_CODES[status] ?? 'Bad Request'}.` })
  return new ApiError('INTERNAL' satisfies FailureCode, { cause: error })
}

/**
 * Whether an error was raised with a status of its own outside the API, such as by a hook of the host. The host's error handler
 * responds to it, or the standalone server's.
 */
export function isForeignError(error: unknown): boolean {
  if (error instanceof ApiError || error instanceof TRPCError || error instanceof ZodError) return false
  const { code, statusCode } = (error ?? {}) as { code?: unknown; statusCode?: unknown }
  return typeof statusCode === 'number' && !(typeof code === 'string' && code in FASTIFY_SENTENCES)
}

/** The 4xx status of an error of Fastify or another library, which is the client's fault. */
function clientErrorStatus(error: unknown): number | undefined {
  const { statusCode } = (error ?? {}) as { statusCode?: unknown }
  const isClients = isForeignError(error) && typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500
  return isClients ? statusCode : undefined
}

/** Codes with which tRPC rejects a request: unknown procedure, wrong method, batch, body that isn't JSON. */
const TRPC_CLIENT_ERRORS: ReadonlySet<string> = new Set([
  'BAD_REQUEST',
  'METHOD_NOT_SUPPORTED',
  'NOT_FOUND',
  'PARSE_ERROR',
  'UNSUPPORTED_MEDIA_TYPE',
])

function fromTrpcError(error: TRPCError): ApiError {
  if (error.cause) return asApiError(error.cause)
  return TRPC_CLIENT_ERRORS.has(error.code)
    ? new ApiError('INVALID_INPUT', { sentence: error.message })
    : new ApiError('INTERNAL', { cause: error })
}

/** Sentences for the errors that Fastify raises before a route's handler runs. */
const FASTIFY_SENTENCES: Record<string, string> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'The request body must have at most 16 KiB.',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'The request body must be JSON, with the header content-type: application/json.',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'The request body must be a JSON object, and was empty.',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'The request body must have as many bytes as its Content-Length says.',
  FST_ERR_CTP_INVALID_JSON_BODY: 'The request body must be valid JSON.',
}

/** A sentence that names every invalid field and the reason. */
function describeIssues(issues: readonly InputIssue[]): string {
  return issues.map(({ path, message }) => (path ? `${path}: ${message}` : `The request body ${message}`)).join('; ')
}
