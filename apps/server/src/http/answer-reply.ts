import type { RegistrationAnswer } from '@registration/shared'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { safeError } from '../observability/safe-error.ts'
import { asRefusal, type FailureAnswer, failureOf } from './failure-of.ts'

/** 202 while the outcome isn't known. */
export function answerStatus(answer: RegistrationAnswer): number {
  return answer.success ? 200 : 202
}

/** What the log and the metrics call an answer. */
export function answerCode(answer: RegistrationAnswer): string {
  return 'code' in answer ? answer.code : 'SUCCEEDED'
}

/** Answers with a failure in the door's own envelope; what is our own fault goes to the log, whole. */
export function sendFailure(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  envelope: (answer: FailureAnswer) => unknown,
): FastifyReply {
  const refusal = asRefusal(error)
  request.registrationCode = refusal.code
  if (refusal.code === 'INTERNAL') request.log.error({ err: safeError(refusal.cause) }, 'a request failed unexpectedly')
  const answer = failureOf(refusal, request.id)
  const { retryAfterMs } = answer.failure
  if (retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(retryAfterMs / 1_000))
  return reply.code(answer.status).send(envelope(answer))
}
