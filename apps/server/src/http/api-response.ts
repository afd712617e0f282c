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
export function responseStatus(answer: RegistrationResponse): number {
  return answer.success ? 200 : 202
}

/** What the log and the metrics call an answer. */
export function responseCode(answer: RegistrationResponse): string {
  return 'code' in answer ? answer.code : 'SUCCEEDED'
}

/** Answers with a failure in the door's own envelope; what is our own fault goes to the log, whole. */
export function sendError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  envelope: (answer: ErrorResponse) => unknown,
): FastifyReply {
  const refusal = asApiError(error)
  request.registrationCode = refusal.code
  if (refusal.code === 'INTERNAL') request.log.error({ err: safeError(refusal.cause) }, 'a request failed unexpectedly')
  const answer = failureOf(refusal, request.id)
  const { retryAfterMs } = answer.failure
  if (retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(retryAfterMs / 1_000))
  return reply.code(answer.status).send(envelope(answer))
}

/** A failure with the HTTP status that goes with it. */
export interface ErrorResponse {
  status: number
  failure: RegistrationFailure
}

/** How long to wait before trying again where nothing more precise is known. */
const RETRY_AFTER_MS = 1_000

/**
 * What a caller is told of an error. Whatever isn't one of the contract's failures is `INTERNAL`: its message is for
 * the log.
 */
export function failureOf(error: unknown, requestId: string): ErrorResponse {
  const { code, sentence, registrationId, retryAfterMs, issues } = asApiError(error)
  const { http, retryable, sentence: usual } = FAILURES[code]
  return {
    status: http,
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

/** The error in the contract's terms. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  if (error instanceof TRPCError) return ofTrpc(error)
  if (error instanceof ZodError) {
    const issues = error.issues.map(({ path, message }) => ({ path: path.join('.'), message }))
    return new ApiError('INVALID_INPUT', { sentence: sentenceOf(issues), issues })
  }
  const code = (error as { code?: unknown } | null)?.code
  const sentence = typeof code === 'string' ? FASTIFY_SENTENCES[code] : undefined
  if (sentence) return new ApiError('INVALID_INPUT', { sentence })
  return new ApiError('INTERNAL' satisfies FailureCode, { cause: error })
}

/** What tRPC itself finds wrong with a request: no such procedure, the wrong method, a batch, a body that is no JSON. */
const TRPC_REFUSALS: ReadonlySet<string> = new Set([
  'BAD_REQUEST',
  'METHOD_NOT_SUPPORTED',
  'NOT_FOUND',
  'PARSE_ERROR',
  'UNSUPPORTED_MEDIA_TYPE',
])

function ofTrpc(error: TRPCError): ApiError {
  if (error.cause) return asApiError(error.cause)
  return TRPC_REFUSALS.has(error.code)
    ? new ApiError('INVALID_INPUT', { sentence: error.message })
    : new ApiError('INTERNAL', { cause: error })
}

/** What Fastify refuses before any of our code sees it. */
const FASTIFY_SENTENCES: Record<string, string> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'The request body must have at most 16 KiB.',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'The request body must be JSON, with the header content-type: application/json.',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'The request body must be a JSON object, and was empty.',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'The request body must have as many bytes as its Content-Length says.',
  FST_ERR_CTP_INVALID_JSON_BODY: 'The request body must be valid JSON.',
}

/** Names every bad field and why. */
function sentenceOf(issues: readonly InputIssue[]): string {
  return issues.map(({ path, message }) => (path ? `${path}: ${message}` : `The request body ${message}`)).join('; ')
}
