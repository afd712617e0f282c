import type { RegistrationAnswer } from '@registration/shared'
import { callTRPCProcedure, getTRPCErrorShape, TRPCError } from '@trpc/server'
import { type CreateFastifyContextOptions, fastifyTRPCPlugin } from '@trpc/server/adapters/fastify'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { Refusal } from '../registration/refusal.ts'
import { answerCode, answerStatus, sendFailure } from './answer-reply.ts'
import { allowSimpleRequests, callerOf, type DoorParts, prepareDoor } from './doors.ts'
import { asTrpcError, createRegistrationRouter, type RouterContext } from './registration-router.ts'

const PROCEDURES = ['orchestrateRegistration', 'registrationStatus'] as const

/**
 * The tRPC mount. Its two procedures are called straight from their routes, which costs a quarter of tRPC's own
 * adapter; that one stands behind them for everything else a tRPC client may send.
 */
export function createTrpcDoor({ api, ...parts }: DoorParts): FastifyPluginAsync {
  const router = createRegistrationRouter(api)
  return async (door) => {
    const paths = Object.fromEntries(PROCEDURES.map((name) => [`/${name}`, name]))
    prepareDoor(door, { ...parts, name: 'trpc', paths })
    allowSimpleRequests(door)
    door.addHook('onRequest', (request, _, done) => {
      refuseWhatNobodyMeans(request)
      done()
    })
    door.setErrorHandler((error, request, reply) =>
      sendFailure(error, request, reply, () => ({ error: errorShape(router, error, request) })),
    )

    for (const name of PROCEDURES) {
      door.post(`/${name}`, async (request, reply) => {
        const data: RegistrationAnswer = await callTRPCProcedure({
          router,
          path: name,
          type: 'mutation',
          ctx: contextOf(request),
          getRawInput: async () => request.body,
          signal: undefined,
          batchIndex: 0,
        })
        request.registrationCode = answerCode(data)
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

/** GET is what a tRPC client sends for a query, of which there are none. */
const METHODS: ReadonlySet<string> = new Set(['POST', 'OPTIONS', 'GET', 'HEAD'])

type Router = ReturnType<typeof createRegistrationRouter>

function contextOf(request: FastifyRequest): RouterContext {
  return { caller: callerOf(request) }
}

/** What tRPC's own adapter would trip over, or answer without saying which request it was. */
function refuseWhatNobodyMeans({ method, url, headers, routeOptions }: FastifyRequest): void {
  if (!METHODS.has(method)) throw new Refusal('INVALID_INPUT', { sentence: `There is no ${method} here: use POST.` })
  // A batch would make one registration wait for another.
  const query = url.split('?')[1]
  if ((query && new URLSearchParams(query).has('batch')) || headers['trpc-accept'] !== undefined) {
    throw new Refusal('INVALID_INPUT', {
      sentence: 'Batching is off here: use httpLink, which makes one call a request.',
    })
  }
  // Of JSON that calls itself text, the adapter knows nothing but that it doesn't take it.
  const isOurs = PROCEDURES.some((name) => routeOptions.url?.endsWith(`/${name}`))
  const type = headers['content-type']
  if (method === 'POST' && !(isOurs ? type : type?.startsWith('application/json'))) {
    const sentence = 'The request body must be JSON, with the header content-type: application/json.'
    throw new Refusal('INVALID_INPUT', { sentence })
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
