import { FAILURES, type RegistrationFailure } from '@registration/shared'
import type { OperatorAction, OperatorRouter } from '@registration/shared/operator'
import { type inferRouterInputs, type inferRouterOutputs, initTRPC, TRPCError } from '@trpc/server'
import {
  type OnOperatorAct,
  OperatorError,
  type OperatorStore,
  type RedrivenEvents,
  type ResolvedRegistrations,
} from '../operators/operator-store.ts'
import { asApiError, failureOf } from './api-response.ts'
import { OPERATOR_INPUT } from './operator-input.ts'
import type { Equals } from './trpc-routes.ts'

/** The tRPC context of an operator's request. */
export interface OperatorContext {
  requestId: string
  /** The name of the operator's key. */
  operator: string
}

const TRPC_CODES = { 'not-found': 'NOT_FOUND', conflict: 'CONFLICT', invalid: 'BAD_REQUEST' } as const

/** The operators' procedures. Responses never contain stack traces, regardless of NODE_ENV. */
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

  /** Reports the act to `onAct`, also if it fails. */
  async function reportAct<Result>(
    action: OperatorAction,
    about: { registrationId: string } | RedrivenEvents | ResolvedRegistrations,
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
          reportAct('retry', { registrationId: input.id }, ctx, store.retry({ ...input, by: ctx.operator })),
        ),
      resolve: procedure.input(OPERATOR_INPUT.resolve).mutation(({ input, ctx }) => {
        const { id: of, reason, ...what } = input
        return reportAct(
          'resolve',
          { registrationId: of },
          ctx,
          store.resolve({ id: of, reason, by: ctx.operator }, what),
        )
      }),
      stuckSentences: procedure.query(() => store.stuckSentences()),
      resolveSentence: procedure.input(OPERATOR_INPUT.resolveSentence).mutation(({ input, ctx }) => {
        const { reason, ...wanted } = input
        const resolving = store.resolveSentence(wanted, { by: ctx.operator, reason })
        return reportAct('resolve', { outcome: input.outcome }, ctx, resolving, ({ resolved }) => ({ resolved }))
      }),
      erase: procedure
        .input(OPERATOR_INPUT.act)
        .mutation(({ input, ctx }) =>
          reportAct('erase', { registrationId: input.id }, ctx, store.erase({ ...input, by: ctx.operator })),
        ),
      reveal: procedure
        .input(OPERATOR_INPUT.act)
        .mutation(({ input, ctx }) =>
          reportAct('reveal', { registrationId: input.id }, ctx, store.reveal({ ...input, by: ctx.operator })),
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
          return reportAct('redrive', { dead }, ctx, redriving, ({ redriven }) => ({ redriven }))
        }
        const { id, endpoint } = input
        return reportAct('redrive', { eventId: id, endpoint }, ctx, store.events.redrive({ id, endpoint }, act))
      }),
    }),
    stats: procedure.input(OPERATOR_INPUT.stats).query(({ input }) => store.stats(input)),
  })
}

/** Converts an error to a `TRPCError` whose code the console can act on. */
export function asOperatorError(error: unknown): TRPCError {
  const cause = error instanceof TRPCError ? error.cause : error
  if (cause instanceof OperatorError)
    return new TRPCError({ code: TRPC_CODES[cause.kind], message: cause.message, cause })
  const apiError = asApiError(error)
  return new TRPCError({ code: FAILURES[apiError.code].trpc, message: apiError.message, cause: apiError })
}

function operatorFailure({ cause }: TRPCError, requestId: string): RegistrationFailure {
  if (!(cause instanceof OperatorError)) return failureOf(asApiError(cause), requestId).failure
  return { success: false, error: cause.message, code: 'INVALID_INPUT', retryable: false, requestId }
}

// The router must match the published type in all inputs and outputs.
type Own = ReturnType<typeof createOperatorRouter>
true satisfies Equals<inferRouterInputs<Own>, inferRouterInputs<OperatorRouter>>
true satisfies Equals<inferRouterOutputs<Own>, inferRouterOutputs<OperatorRouter>>
