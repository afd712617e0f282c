import type { RegistrationAnswer, RegistrationRequest, StatusRequest } from '@registration/shared'
import { orchestrateRegistration } from '../registration/orchestrate-registration.ts'
import type { RegistrationPorts } from '../registration/ports.ts'
import { registrationStatus } from '../registration/registration-status.ts'
import type { Verifier } from '../verification/create-verifier.ts'
import type { Caller } from './caller.ts'
import type { InFlight } from './in-flight.ts'
import { hashOfKey, intentOf } from './intent-of.ts'

/** What both doors open on: requests that fit their schemas, answers, and `Refusal`s. */
export interface RegistrationApi {
  orchestrateRegistration(request: RegistrationRequest, caller: Caller): Promise<RegistrationAnswer>
  registrationStatus(request: StatusRequest, caller: Caller): Promise<RegistrationAnswer>
}

export function createRegistrationApi(ports: RegistrationPorts, verify: Verifier, inFlight: InFlight): RegistrationApi {
  return {
    orchestrateRegistration: (request, caller) =>
      inFlight.run(async () => {
        // An internal app has confirmed the e-mail in its own way.
        const proof = caller.app ? 'not-required' : await verify(request.verificationToken, request.email)
        const call = { intent: intentOf(request, caller), proof, isInternal: caller.app !== undefined }
        return orchestrateRegistration(ports, call)
      }),
    registrationStatus: ({ idempotencyKey }) =>
      inFlight.run(() => registrationStatus(ports, hashOfKey(idempotencyKey))),
  }
}
