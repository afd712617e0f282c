import type { TRPCBuiltRouter, TRPCDefaultErrorData, TRPCDefaultErrorShape, TRPCMutationProcedure } from '@trpc/server'
import type { RegistrationFailure } from './failures.ts'
import type { RegistrationResponse } from './registration-answer.ts'
import type { RegistrationRequest, StatusRequest } from './registration-request.ts'

/** tRPC's own error shape, with the REST route's error object beside it. */
export interface RegistrationErrorShape extends TRPCDefaultErrorShape {
  data: TRPCDefaultErrorData & { registration: RegistrationFailure }
}

interface Root {
  ctx: object
  meta: object
  errorShape: RegistrationErrorShape
  transformer: false
}

interface Procedure<Input, Output> {
  input: Input
  output: Output
  meta: object
  errorShape: RegistrationErrorShape
}

/**
 * The procedures for `createTRPCClient<RegistrationRouter>()`, without types of the server's implementation.
 * The server asserts in both directions that its own router equals this type.
 */
export type RegistrationRouter = TRPCBuiltRouter<
  Root,
  {
    /** Registers one visitor with the partner and saves the user; safe to repeat with the same key. */
    orchestrateRegistration: TRPCMutationProcedure<Procedure<RegistrationRequest, RegistrationResponse>>
    /** Waits for the outcome of the registration with this key, or replays it. Never calls the partner. */
    registrationStatus: TRPCMutationProcedure<Procedure<StatusRequest, RegistrationResponse>>
  }
>
