import type { FastifyReply, FastifyRequest } from 'fastify'

/** A day: browsers cap it themselves, and a preflight costs a visitor one more round trip. */
const MAX_AGE_SECONDS = 86_400
const METHODS = 'POST'
const REQUEST_HEADERS = 'content-type, idempotency-key, trpc-accept, traceparent'
const ANSWER_HEADERS = 'retry-after, x-request-id, ratelimit-limit, ratelimit-remaining, ratelimit-reset'

/** Lets the page read the answer. Only an origin that may call is echoed, and never with credentials. */
export function allowOrigin(reply: FastifyReply, origin: string | undefined): void {
  if (origin === undefined) return
  reply.header('access-control-allow-origin', origin)
  reply.header('access-control-expose-headers', ANSWER_HEADERS)
}

export async function answerPreflight(_: FastifyRequest, reply: FastifyReply): Promise<void> {
  reply.header('access-control-allow-methods', METHODS)
  reply.header('access-control-allow-headers', REQUEST_HEADERS)
  reply.header('access-control-max-age', MAX_AGE_SECONDS)
  await reply.code(204).send()
}
