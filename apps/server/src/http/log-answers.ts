import type { RegistrationAnswer } from '@registration/shared'
import type { FastifyBaseLogger } from 'fastify'
import type { OnAnswered } from '../registration/on-answered.ts'
import type { Caller } from './caller.ts'
import { asRefusal } from './failure-of.ts'
import type { RegistrationApi } from './registration-api.ts'

/** One line a call: who asked, what came of it and how long it took. Who the visitor is stays in the row. */
export function logAnswers(api: RegistrationApi, log: FastifyBaseLogger, onAnswered: OnAnswered): RegistrationApi {
  async function logged(call: string, caller: Caller, answering: Promise<RegistrationAnswer>) {
    const begun = performance.now()
    const line = (outcome: string, registrationId: string | undefined) => {
      const durationMs = performance.now() - begun
      onAnswered(call, outcome, durationMs)
      const { requestId, app } = caller
      log.info({ call, requestId, app, registrationId, outcome, durationMs: Math.round(durationMs) }, 'answered')
    }
    try {
      const answer = await answering
      line('code' in answer ? answer.code : 'SUCCEEDED', answer.registrationId)
      return answer
    } catch (error) {
      const { code, registrationId } = asRefusal(error)
      line(code, registrationId)
      throw error
    }
  }

  return {
    orchestrateRegistration: (request, caller) =>
      logged('orchestrateRegistration', caller, api.orchestrateRegistration(request, caller)),
    registrationStatus: (request, caller) =>
      logged('registrationStatus', caller, api.registrationStatus(request, caller)),
  }
}
