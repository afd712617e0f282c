import { FAILURES, type RegistrationResponse } from '@registration/shared'
import type { RegistrationErrorShape, RegistrationRouter } from '@registration/shared/router'
import { registrationRequestSchema, statusRequestSchema } from '@registration/shared/schemas'
import {
  callTRPCProcedure,
  getTRPCErrorShape,
  type inferRouterInputs,
  type inferRouterOutputs,
  initTRPC,
  TRPCError,
} from '@trpc/server'
import { type CreateFastifyContextOptions, fastifyTRPCPlugin } from '@trpc/server/adapters/fastify'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { ApiError } from '../registration/api-error.ts'
import { asApiError, failureOf, responseCode, responseStatus, sendError } from './api-response.ts'
import type { Caller } from './caller.ts'
import type { RegistrationApi } from './registration-api.ts'
import { allowSimpleRequests, callerOf, prepareRoutes, type RegistrationRouteParts } from './registration-routes.ts'

const PROCEDURES = ['orchestrateRegistration', 'registrationStatus'] as const

/**
 * The tRPC mount. Its two procedures are called straight from their routes, which costs a quarter of tRPC's own
 * adapter; that one stands behind them for everything else a tRPC client may send.
 */
export function createTrpcRoutes({ api, ...parts }: RegistrationRouteParts): FastifyPluginAsync {
  const router = createRegistrationRouter(api)
  return async (routes) => {
    const paths = Object.fromEntries(PROCEDURES.map((name) => [`/${name}`, name]))
    prepareRoutes(routes, { ...parts, transport: 'trpc', paths })
    allowSimpleRequests(routes, parts)
    routes.addHook('onRequest', (request, _, done) => {
      rejectUnsupported(request)
      done()
    })
    routes.setErrorHandler((error, request, reply) =>
      sendError(error, request, reply, () => ({ error: errorShape(router, error, request) })),
    )

    for (const name of PROCEDURES) {
      routes.post(`/${name}`, async (request, reply) => {
        const data: RegistrationResponse = await callTRPCProcedure({
          router,
          path: name,
          type: 'mutation',
          ctx: contextOf(request),
          getRawInput: async () => request.body,
          signal: undefined,
          batchIndex: 0,
        })
        request.registrationCode = responseCode(data)
        return reply.code(responseStatus(data)).send({ result: { data } })
      })
    }

    await routes.register(fastifyTRPCPlugin, {
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
function rejectUnsupported({ method, url, headers, routeOptions }: FastifyRequest): void {
  if (!METHODS.has(method)) throw new ApiError('INVALID_INPUT', { sentence: `There is no ${method} here: use POST.` })
  // A batch would make one registration wait for another.
  const query = url.split('?')[1]
  if ((query && new URLSearchParams(query).has('batch')) || headers['trpc-accept'] !== undefined) {
    throw new ApiError('INVALID_INPUT', {
      sentence: 'Batching is off here: use httpLink, which makes one call a request.',
    })
  }
  // Of JSON that calls itself text, the adapter knows nothing but that it doesn't take it.
  const isOurs = PROCEDURES.some((name) => routeOptions.url?.endsWith(`/${name}`))
  const type = headers['content-type']
  if (method === 'POST' && !(isOurs ? type : type?.startsWith('application/json'))) {
    const sentence = 'The request body must be JSON, with the header content-type: application/json.'
    throw new ApiError('INVALID_INPUT', { sentence })
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

/** What a procedure knows of its request. */
export interface RouterContext {
  caller: Caller
}

/** The procedures of the public mount. Stack traces never leave, whatever NODE_ENV says. */
export function createRegistrationRouter(api: RegistrationApi) {
  const t = initTRPC.context<RouterContext>().create({
    isDev: false,
    errorFormatter: ({ shape, error, ctx }): RegistrationErrorShape => {
      const { failure } = failureOf(asApiError(error), ctx?.caller.requestId ?? '')
      return { ...shape, message: failure.error, data: { ...shape.data, registration: failure } }
    },
  })
  return t.router({
    orchestrateRegistration: t.procedure
      .input(registrationRequestSchema)
      .mutation(({ input, ctx }) => answered(() => api.orchestrateRegistration(input, ctx.caller))),
    registrationStatus: t.procedure
      .input(statusRequestSchema)
      .mutation(({ input, ctx }) => answered(() => api.registrationStatus(input, ctx.caller))),
  })
}

/** A middleware would do the same, at the cost of three more functions that wait with every request. */
async function answered(answer: () => Promise<RegistrationResponse>): Promise<RegistrationResponse> {
  try {
    return await answer()
  } catch (error) {
    throw asTrpcError(error)
  }
}

/** The error under the tRPC code that the contract's table gives it. */
function asTrpcError(error: unknown): TRPCError {
  const refusal = asApiError(error)
  return new TRPCError({ code: FAILURES[refusal.code].trpc, message: refusal.message, cause: refusal })
}

// The published type and the router itself are held to each other, input by input and output by output.
type Own = ReturnType<typeof createRegistrationRouter>
true satisfies Equals<inferRouterInputs<Own>, inferRouterInputs<RegistrationRouter>>
true satisfies Equals<inferRouterOutputs<Own>, inferRouterOutputs<RegistrationRouter>>

/** Whether two types are the same, by whether each may stand for the other. */
export type Equals<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
