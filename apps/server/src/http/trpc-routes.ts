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
import { asApiError, failureOf, isForeignError, responseCode, responseStatus, sendError } from './api-response.ts'
import type { Caller } from './caller.ts'
import type { RegistrationApi } from './registration-api.ts'
import { allowSimpleRequests, callerOf, prepareRoutes, type RegistrationRouteParts } from './registration-routes.ts'

const PROCEDURES = ['orchestrateRegistration', 'registrationStatus'] as const

/**
 * The tRPC routes. Their handlers call the two procedures directly, which takes a quarter of the time that tRPC's own
 * adapter takes. The adapter answers all other requests of a tRPC client.
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
    routes.setErrorHandler((error, request, reply) => {
      if (isForeignError(error)) throw error
      return sendError(error, request, reply, () => ({ error: errorShape(router, error, request) }))
    })

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

/** Includes GET, which a tRPC client sends for a query: the adapter answers that there is none. */
const METHODS: ReadonlySet<string> = new Set(['POST', 'OPTIONS', 'GET', 'HEAD'])

type Router = ReturnType<typeof createRegistrationRouter>

function contextOf(request: FastifyRequest): RouterContext {
  return { caller: callerOf(request) }
}

/** Rejects requests that tRPC's own adapter fails on, or answers without a request id. */
function rejectUnsupported({ method, url, headers, routeOptions }: FastifyRequest): void {
  if (!METHODS.has(method)) throw new ApiError('INVALID_INPUT', { sentence: `There is no ${method} here: use POST.` })
  // In a batch, one registration would wait for another.
  const query = url.split('?')[1]
  if ((query && new URLSearchParams(query).has('batch')) || headers['trpc-accept'] !== undefined) {
    throw new ApiError('INVALID_INPUT', {
      sentence: 'Batching is off here: use httpLink, which makes one call a request.',
    })
  }
  // The adapter accepts only application/json, so text/plain is limited to this server's own procedures.
  const isOurs = PROCEDURES.some((name) => routeOptions.url?.endsWith(`/${name}`))
  const type = headers['content-type']
  if (method === 'POST' && !(isOurs ? type : type?.startsWith('application/json'))) {
    const sentence = 'The request body must be JSON, with the header content-type: application/json.'
    throw new ApiError('INVALID_INPUT', { sentence })
  }
}

/** The error as tRPC's own adapter would send it. */
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

/** The tRPC context of a request. */
export interface RouterContext {
  caller: Caller
}

/** The public procedures. Responses never contain stack traces, regardless of NODE_ENV. */
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
      .mutation(({ input, ctx }) => withTrpcErrors(() => api.orchestrateRegistration(input, ctx.caller))),
    registrationStatus: t.procedure
      .input(statusRequestSchema)
      .mutation(({ input, ctx }) => withTrpcErrors(() => api.registrationStatus(input, ctx.caller))),
  })
}

/** Converts errors to `TRPCError`s. A tRPC middleware would add three more async functions to every request. */
async function withTrpcErrors(respond: () => Promise<RegistrationResponse>): Promise<RegistrationResponse> {
  try {
    return await respond()
  } catch (error) {
    throw asTrpcError(error)
  }
}

/** Converts an error to a `TRPCError` with the code of the contract's table. */
function asTrpcError(error: unknown): TRPCError {
  const apiError = asApiError(error)
  return new TRPCError({ code: FAILURES[apiError.code].trpc, message: apiError.message, cause: apiError })
}

// The router must match the published type in all inputs and outputs.
type Own = ReturnType<typeof createRegistrationRouter>
true satisfies Equals<inferRouterInputs<Own>, inferRouterInputs<RegistrationRouter>>
true satisfies Equals<inferRouterOutputs<Own>, inferRouterOutputs<RegistrationRouter>>

/** True if two types are assignable to each other. */
export type Equals<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
