import { FAILURES, type RegistrationAnswer } from '@registration/shared'
import type { Tracing } from '../observability/tracing.ts'
import { answerCode } from './answer-reply.ts'
import type { Caller } from './caller.ts'
import { asRefusal } from './failure-of.ts'
import type { RegistrationApi } from './registration-api.ts'

/** A span for each call that came through the door, in its caller's trace. */
export function traceAnswers(api: RegistrationApi, tracing: Tracing): RegistrationApi {
  function traced(call: string, caller: Caller, answer: () => Promise<RegistrationAnswer>) {
    return tracing.call(call, caller, async (describe) => {
      try {
        const given = await answer()
        describe({ code: answerCode(given), registrationId: given.registrationId, isFault: false })
        return given
      } catch (error) {
        const { code, registrationId } = asRefusal(error)
        describe({ code, registrationId, isFault: FAILURES[code].http >= 500 })
        throw error
      }
    })
  }

  return {
    orchestrateRegistration: (request, caller) =>
      traced('orchestrateRegistration', caller, () => api.orchestrateRegistration(request, caller)),
    registrationStatus: (request, caller) =>
      traced('registrationStatus', caller, () => api.registrationStatus(request, caller)),
  }
}
