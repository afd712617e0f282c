import { getTRPCErrorShape, TRPCError } from '@trpc/server'
import { type CreateFastifyContextOptions, fastifyTRPCPlugin } from '@trpc/server/adapters/fastify'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { Config } from '../config/config.ts'
import type { OnAct } from '../registration/on-act.ts'
import type { OperatorStore } from '../registration/operator-store.ts'
import { Refusal } from '../registration/refusal.ts'
import { sendFailure } from './answer-reply.ts'
import { createKeyRing } from './key-ring.ts'
import { asOperatorError, createOperatorRouter, type OperatorContext } from './operator-router.ts'
import { createRateLimiter } from './rate-limiter.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The name of the operator's key. */
    operator: string | null
  }
}

/** What the operators' door is built of. */
export interface OperatorParts {
  store: OperatorStore
  config: Pick<Config, 'operatorKeys' | 'publicOrigin'>
  onAct: OnAct
  /** Milliseconds of a clock that never jumps. */
  now: () => number
}

const BODY_LIMIT = 16 * 1024
const BEARER = /^Bearer +(\S+)$/i
/** What a browser says of our own page's request, and of what somebody typed. */
const OWN_SITE: ReadonlySet<string> = new Set(['same-origin', 'none'])
/** Keys are too long to be guessed; this spares the log. */
const WRONG_KEYS = { max: 20, perMs: 60_000 }

/** The operators' mount: tRPC behind a key, for the console and for whoever has a key. */
export function createOperatorDoor({ store, config, onAct, now }: OperatorParts): FastifyPluginAsync {
  const router = createOperatorRouter(store, onAct)
  const operatorOf = createKeyRing(config.operatorKeys)
  const wrongKeys = createRateLimiter(WRONG_KEYS, now)

  /** @throws Refusal `FORBIDDEN`, `ORIGIN_NOT_ALLOWED` or `RATE_LIMITED` */
  function identify({ headers, ip }: FastifyRequest): string {
    // No page but our own has any business here, whatever key it got hold of.
    const { origin = config.publicOrigin, 'sec-fetch-site': site = 'none' } = headers
    if (origin !== config.publicOrigin || !OWN_SITE.has(String(site))) throw new Refusal('ORIGIN_NOT_ALLOWED')
    if (config.operatorKeys.length === 0) {
      throw new Refusal('FORBIDDEN', { sentence: 'This server has no operators: set OPERATOR_API_KEYS.' })
    }
    const operator = operatorOf(BEARER.exec(headers.authorization ?? '')?.[1] ?? '')
    if (operator !== undefined) return operator
    const allowance = wrongKeys.take(ip)
    if (allowance && !allowance.allowed) throw new Refusal('RATE_LIMITED', { retryAfterMs: allowance.resetMs })
    throw new Refusal('FORBIDDEN', {
      sentence: 'Operators need a key: Authorization: Bearer <one of OPERATOR_API_KEYS>.',
    })
  }

  return async (door) => {
    door.decorateRequest('operator', null)
    door.addHook('onRequest', async (request, reply) => {
      reply.header('cache-control', 'no-store')
      request.operator = identify(request)
    })
    door.setErrorHandler((error, request, reply) =>
      sendFailure(error, request, reply, () => ({ error: errorShape(router, error, request) })),
    )
    await door.register(fastifyTRPCPlugin, {
      trpcOptions: {
        router,
        allowBatching: false,
        // Queries come as POST too: what is asked for may be an e-mail, and addresses end up in logs.
        allowMethodOverride: true,
        maxBodySize: BODY_LIMIT,
        createContext: ({ req }: CreateFastifyContextOptions) => contextOf(req),
      },
    })
  }
}

function contextOf({ id, operator }: FastifyRequest): OperatorContext {
  if (operator === null) throw new Error('the operator was not identified')
  return { requestId: id, operator }
}

/** What tRPC's own adapter would have sent. */
function errorShape(router: ReturnType<typeof createOperatorRouter>, error: unknown, request: FastifyRequest) {
  return getTRPCErrorShape({
    config: router._def._config,
    error: error instanceof TRPCError ? error : asOperatorError(error),
    type: 'unknown',
    path: undefined,
    input: undefined,
    ctx: { requestId: request.id, operator: '' },
  })
}
