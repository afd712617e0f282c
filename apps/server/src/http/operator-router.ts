import { FAILURES, type RegistrationFailure } from '@registration/shared'
import type { OperatorAction, OperatorRouter } from '@registration/shared/operator'
import { type inferRouterInputs, type inferRouterOutputs, initTRPC, TRPCError } from '@trpc/server'
import {
  type OnOperatorAct,
  OperatorError,
  type OperatorStore,
  type RedrivenEvents,
} from '../operators/operator-store.ts'
import { asApiError, failureOf } from './api-response.ts'
import { OPERATOR_INPUT } from './operator-input.ts'
import type { Equals } from './trpc-routes.ts'

/** What a procedure knows of its request. */
export interface OperatorContext {
  requestId: string
  /** The name of the operator's key. */
  operator: string
}

const REFUSED = { 'not-found': 'NOT_FOUND', conflict: 'CONFLICT', invalid: 'BAD_REQUEST' } as const

/** The procedures of the operators' mount. Stack traces never leave, whatever NODE_ENV says. */
export function createOperatorRouter(store: OperatorStore, onAct: OnOperatorAct) {
  const t = initTRPC.context<OperatorContext>().create({
    isDev: false,
    errorFormatter: ({ shape, error, ctx }) => {
      const registration = operatorFailure(error, ctx?.requestId ?? '')
      return { ...shape, message: registration.error, data: { ...shape.data, registration } }
    },
  })
  const procedure = t.procedure.use(async ({ next }) => {
    const result = await next()
    if (!result.ok) throw asOperatorError(result.error)
    return result
  })

  /** An act is told of even where it is refused. */
  async function told<Result>(
    action: OperatorAction,
    about: { registrationId: string } | RedrivenEvents,
    { operator, requestId }: OperatorContext,
    doing: Promise<Result>,
    outcome: (result: Result) => object = () => ({}),
  ): Promise<Result> {
    const line = { action, operator, ...about, requestId }
    try {
      const result = await doing
      onAct({ ...line, ...outcome(result), done: true })
      return result
    } catch (error) {
      onAct({ ...line, done: false })
      throw error
    }
  }

  return t.router({
    registrations: t.router({
      list: procedure.input(OPERATOR_INPUT.list).query(({ input }) => store.list(input)),
      get: procedure.input(OPERATOR_INPUT.get).query(({ input }) => store.get(input.id)),
      retry: procedure
        .input(OPERATOR_INPUT.act)
        .mutation(({ input, ctx }) =>
          told('retry', { registrationId: input.id }, ctx, store.retry({ ...input, by: ctx.operator })),
        ),
      resolve: procedure.input(OPERATOR_INPUT.resolve).mutation(({ input, ctx }) => {
        const { id: of, reason, ...what } = input
        return told('resolve', { registrationId: of }, ctx, store.resolve({ id: of, reason, by: ctx.operator }, what))
      }),
      erase: procedure
        .input(OPERATOR_INPUT.act)
        .mutation(({ input, ctx }) =>
          told('erase', { registrationId: input.id }, ctx, store.erase({ ...input, by: ctx.operator })),
        ),
      reveal: procedure
        .input(OPERATOR_INPUT.act)
        .mutation(({ input, ctx }) =>
          told('reveal', { registrationId: input.id }, ctx, store.reveal({ ...input, by: ctx.operator })),
        ),
    }),
    events: t.router({
      list: procedure.input(OPERATOR_INPUT.events.list).query(({ input }) => store.events.list(input)),
      endpoints: procedure.query(() => store.events.endpoints()),
      redrive: procedure.input(OPERATOR_INPUT.events.redrive).mutation(({ input, ctx }) => {
        const act = { by: ctx.operator, reason: input.reason }
        if ('dead' in input) {
          const { dead, cursor } = input
          const redriving = store.events.redriveDead(dead, act, cursor)
          return told('redrive', { dead }, ctx, redriving, ({ redriven }) => ({ redriven }))
        }
        const { id, endpoint } = input
        return told('redrive', { eventId: id, endpoint }, ctx, store.events.redrive({ id, endpoint }, act))
      }),
    }),
    stats: procedure.input(OPERATOR_INPUT.stats).query(({ input }) => store.stats(input)),
  })
}

/** The error under the tRPC code that tells an operator's page what to do. */
export function asOperatorError(error: unknown): TRPCError {
  const cause = error instanceof TRPCError ? error.cause : error
  if (cause instanceof OperatorError) return new TRPCError({ code: REFUSED[cause.kind], message: cause.message, cause })
  const refusal = asApiError(error)
  return new TRPCError({ code: FAILURES[refusal.code].trpc, message: refusal.message, cause: refusal })
}

function operatorFailure({ cause }: TRPCError, requestId: string): RegistrationFailure {
  if (!(cause instanceof OperatorError)) return failureOf(asApiError(cause), requestId).failure
  return { success: false, error: cause.message, code: 'INVALID_INPUT', retryable: false, requestId }
}

// The published type and the router itself are held to each other, input by input and output by output.
type Own = ReturnType<typeof createOperatorRouter>
true satisfies Equals<inferRouterInputs<Own>, inferRouterInputs<OperatorRouter>>
true satisfies Equals<inferRouterOutputs<Own>, inferRouterOutputs<OperatorRouter>>
