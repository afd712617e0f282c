import type { RegistrationAnswer } from '@registration/shared'
import type { FastifyBaseLogger } from 'fastify'
import type { Efforts } from '../observability/create-efforts.ts'
import { answerCode } from './answer-reply.ts'
import type { Caller } from './caller.ts'
import { asRefusal } from './failure-of.ts'
import type { RegistrationApi } from './registration-api.ts'

/**
 * One line a call: who asked, what came of it and how long it took. Who the visitor is stays in the row. Where the call
 * brought a registration to its outcome, that one's line says all of it, and this one is for debugging.
 */
export function logAnswers(api: RegistrationApi, log: FastifyBaseLogger, efforts: Efforts): RegistrationApi {
  function logged(call: string, { requestId, app }: Caller, answer: () => Promise<RegistrationAnswer>) {
    return efforts.run({ by: 'request', requestId, app }, async () => {
      const begun = performance.now()
      const line = (outcome: string, registrationId: string | undefined) => {
        const durationMs = Math.round(performance.now() - begun)
        const level = efforts.current()?.isTold ? 'debug' : 'info'
        log[level](
          { call, requestId, app, traceId: efforts.current()?.traceId, registrationId, outcome, durationMs },
          'answered',
        )
      }
      try {
        const given = await answer()
        line(answerCode(given), given.registrationId)
        return given
      } catch (error) {
        const { code, registrationId } = asRefusal(error)
        line(code, registrationId)
        throw error
      }
    })
  }

  return {
    orchestrateRegistration: (request, caller) =>
      logged('orchestrateRegistration', caller, () => api.orchestrateRegistration(request, caller)),
    registrationStatus: (request, caller) =>
      logged('registrationStatus', caller, () => api.registrationStatus(request, caller)),
  }
}
