import { getTRPCErrorShape, TRPCError } from '@trpc/server'
import { type CreateFastifyContextOptions, fastifyTRPCPlugin } from '@trpc/server/adapters/fastify'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { Refusal } from '../registration/refusal.ts'
import { answerStatus, sendFailure } from './answer-reply.ts'
import { allowSimpleRequests, callerOf, type DoorParts, prepareDoor } from './doors.ts'
import { asTrpcError, createRegistrationRouter, type RouterContext } from './registration-router.ts'

const PROCEDURES = ['orchestrateRegistration', 'registrationStatus'] as const

/**
 * The tRPC mount. Its two procedures are called straight from their routes, which costs a quarter of tRPC's own
 * adapter; that one stands behind them for everything else a tRPC client may send.
 */
export function createTrpcDoor({ api, identifyCaller, limitCallers }: DoorParts): FastifyPluginAsync {
  const router = createRegistrationRouter(api)
  return async (door) => {
    prepareDoor(door, { identifyCaller, limitCallers, paths: PROCEDURES.map((name) => `/${name}`) })
    allowSimpleRequests(door)
    door.setErrorHandler((error, request, reply) =>
      sendFailure(error, request, reply, () => ({ error: errorShape(router, error, request) })),
    )

    for (const name of PROCEDURES) {
      door.post(`/${name}`, async (request, reply) => {
        refuseBatch(request)
        const data = await router.createCaller(contextOf(request))[name](request.body as never)
        return reply.code(answerStatus(data)).send({ result: { data } })
      })
    }

    await door.register(fastifyTRPCPlugin, {
      trpcOptions: {
        router,
        allowBatching: false,
        createContext: ({ req }: CreateFastifyContextOptions) => contextOf(req),
      },
    })
  }
}

type Router = ReturnType<typeof createRegistrationRouter>

function contextOf(request: FastifyRequest): RouterContext {
  return { caller: callerOf(request) }
}

/** A batch would make one registration wait for another. */
function refuseBatch(request: FastifyRequest): void {
  if (new URLSearchParams(request.url.split('?')[1]).has('batch')) {
    throw new Refusal('INVALID_INPUT', {
      sentence: 'Batching is off here: use httpLink, which makes one call a request.',
    })
  }
}

/** What tRPC's own adapter would have sent. */
function errorShape(router: Router, error: unknown, request: FastifyRequest) {
  return getTRPCErrorShape({
    config: router._def._config,
    error: error instanceof TRPCError ? error : asTrpcError(error),
    type: 'mutation',
    path: request.routeOptions.url?.split('/').at(-1),
    input: undefined,
    ctx: { caller: { requestId: request.id } } as RouterContext,
  })
}
