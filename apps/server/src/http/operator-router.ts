import { FAILURES, type RegistrationFailure } from '@registration/shared'
import type { Found, OperatorAction, OperatorRouter, Status } from '@registration/shared/operator'
import { type inferRouterInputs, type inferRouterOutputs, initTRPC, TRPCError } from '@trpc/server'
import { z } from 'zod'
import type { OnAct } from '../registration/on-act.ts'
import { OperationRefused } from '../registration/operation-refused.ts'
import type { OperatorStore } from '../registration/operator-store.ts'
import { asRefusal, failureOf } from './failure-of.ts'

/** What a procedure knows of its request. */
export interface OperatorContext {
  requestId: string
  /** The name of the operator's key. */
  operator: string
}

const STATUSES = [
  'pending',
  'uncertain',
  'succeeded',
  'succeeded_without_link',
  'rejected',
  'released',
  'stuck',
] as const satisfies Status[]

const MOST_ROWS = 200
const text = z.string().trim().min(1, 'must not be empty').max(500, 'must have at most 500 characters')
const instant = z.iso.datetime({ offset: true, error: 'must be an instant such as 2026-01-31T12:00:00Z' })
const id = z.uuid('must be the id of a registration')
const act = z.object({ id, reason: text })

const listInput = z.object({
  status: z.array(z.enum(STATUSES)).optional(),
  code: text.optional(),
  email: text.optional(),
  tag: text.optional(),
  clickId: text.optional(),
  from: instant.optional(),
  to: instant.optional(),
  cursor: id.optional(),
  limit: z.int().min(1).max(MOST_ROWS).optional(),
})

const found = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('account_with_link'), depositUrl: z.string().max(2_048) }),
  z.object({ outcome: z.literal('account_without_link') }),
  z.object({ outcome: z.literal('absent') }),
]) satisfies z.ZodType<Found>

const REFUSED = { 'not-found': 'NOT_FOUND', conflict: 'CONFLICT', invalid: 'BAD_REQUEST' } as const

/** The procedures of the operators' mount. Stack traces never leave, whatever NODE_ENV says. */
export function createOperatorRouter(store: OperatorStore, onAct: OnAct) {
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
    { id: registrationId }: { id: string },
    { operator, requestId }: OperatorContext,
    doing: Promise<Result>,
  ): Promise<Result> {
    const line = { action, operator, registrationId, requestId }
    try {
      const result = await doing
      onAct({ ...line, done: true })
      return result
    } catch (error) {
      onAct({ ...line, done: false })
      throw error
    }
  }

  return t.router({
    registrations: t.router({
      list: procedure.input(listInput).query(({ input }) => store.list(definite(input))),
      get: procedure.input(z.object({ id })).query(({ input }) => store.get(input.id)),
      retry: procedure
        .input(act)
        .mutation(({ input, ctx }) => told('retry', input, ctx, store.retry({ ...input, by: ctx.operator }))),
      resolve: procedure.input(act.and(found)).mutation(({ input, ctx }) => {
        const { id: of, reason, ...what } = input
        return told('resolve', input, ctx, store.resolve({ id: of, reason, by: ctx.operator }, what))
      }),
      erase: procedure
        .input(act)
        .mutation(({ input, ctx }) => told('erase', input, ctx, store.erase({ ...input, by: ctx.operator }))),
      reveal: procedure
        .input(act)
        .mutation(({ input, ctx }) => told('reveal', input, ctx, store.reveal({ ...input, by: ctx.operator }))),
    }),
    stats: procedure.input(z.object({ from: instant })).query(({ input }) => store.stats(new Date(input.from))),
  })
}

/** Without the fields that aren't there. */
function definite<Fields extends object>(fields: Fields): { [Name in keyof Fields]: Exclude<Fields[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never
}

/** The error under the tRPC code that tells an operator's page what to do. */
export function asOperatorError(error: unknown): TRPCError {
  const cause = error instanceof TRPCError ? error.cause : error
  if (cause instanceof OperationRefused)
    return new TRPCError({ code: REFUSED[cause.kind], message: cause.message, cause })
  const refusal = asRefusal(error)
  return new TRPCError({ code: FAILURES[refusal.code].trpc, message: refusal.message, cause: refusal })
}

function operatorFailure({ cause }: TRPCError, requestId: string): RegistrationFailure {
  if (!(cause instanceof OperationRefused)) return failureOf(asRefusal(cause), requestId).failure
  return { success: false, error: cause.message, code: 'INVALID_INPUT', retryable: false, requestId }
}

// The published type and the router itself are held to each other, input by input and output by output.
type Own = ReturnType<typeof createOperatorRouter>
type Equals<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
true satisfies Equals<inferRouterInputs<Own>, inferRouterInputs<OperatorRouter>>
true satisfies Equals<inferRouterOutputs<Own>, inferRouterOutputs<OperatorRouter>>
