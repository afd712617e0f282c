import { FAILURES, type RegistrationAnswer } from '@registration/shared'
import type { RegistrationErrorShape, RegistrationRouter } from '@registration/shared/router'
import { registrationRequestSchema, statusRequestSchema } from '@registration/shared/schemas'
import { type inferRouterInputs, type inferRouterOutputs, initTRPC, TRPCError } from '@trpc/server'
import type { Caller } from './caller.ts'
import type { Equals } from './equals.ts'
import { asRefusal, failureOf } from './failure-of.ts'
import type { RegistrationApi } from './registration-api.ts'

/** What a procedure knows of its request. */
export interface RouterContext {
  caller: Caller
}

/** The procedures of the public mount. Stack traces never leave, whatever NODE_ENV says. */
export function createRegistrationRouter(api: RegistrationApi) {
  const t = initTRPC.context<RouterContext>().create({
    isDev: false,
    errorFormatter: ({ shape, error, ctx }): RegistrationErrorShape => {
      const { failure } = failureOf(asRefusal(error), ctx?.caller.requestId ?? '')
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
async function answered(answer: () => Promise<RegistrationAnswer>): Promise<RegistrationAnswer> {
  try {
    return await answer()
  } catch (error) {
    throw asTrpcError(error)
  }
}

/** The error under the tRPC code that the contract's table gives it. */
export function asTrpcError(error: unknown): TRPCError {
  const refusal = asRefusal(error)
  return new TRPCError({ code: FAILURES[refusal.code].trpc, message: refusal.message, cause: refusal })
}

// The published type and the router itself are held to each other, input by input and output by output.
type Own = ReturnType<typeof createRegistrationRouter>
true satisfies Equals<inferRouterInputs<Own>, inferRouterInputs<RegistrationRouter>>
true satisfies Equals<inferRouterOutputs<Own>, inferRouterOutputs<RegistrationRouter>>
