import { FAILURES, type RegistrationResponse } from '@registration/shared'
import type { FastifyBaseLogger } from 'fastify'
import type { Tracing } from '../observability/tracing.ts'
import type { WorkContexts } from '../observability/work-context.ts'
import { asApiError, responseCode } from './api-response.ts'
import type { Caller } from './caller.ts'
import type { RegistrationApi } from './registration-api.ts'

/**
 * Observes each call of the API: a log line with who called, the outcome and its duration, and a span in the caller's trace.
 * Neither names the visitor, who is in the row alone. If the call brought a registration to its outcome, that outcome's line
 * says everything, and the line of the call is written at the level `debug`.
 */
export function observeCalls(
  api: RegistrationApi,
  { log, contexts, tracing }: { log: FastifyBaseLogger; contexts: WorkContexts; tracing: Tracing | undefined },
): RegistrationApi {
  function observed(call: string, caller: Caller, respond: () => Promise<RegistrationResponse>) {
    const { requestId, app } = caller
    const inContext = (report: (code: string, registrationId: string | undefined) => void) =>
      contexts.run({ by: 'request', requestId, app }, async () => {
        const context = contexts.current()
        const begunAt = performance.now()
        const ended = (outcome: string, registrationId: string | undefined) => {
          const durationMs = Math.round(performance.now() - begunAt)
          const line = { call, requestId, app, traceId: context?.traceId, registrationId, outcome, durationMs }
          log[context?.isOutcomeLogged ? 'debug' : 'info'](line, 'answered')
          report(outcome, registrationId)
        }
        try {
          const response = await respond()
          ended(responseCode(response), response.registrationId)
          return response
        } catch (error) {
          const { code, registrationId } = asApiError(error)
          ended(code, registrationId)
          throw error
        }
      })
    if (!tracing) return inContext(() => undefined)
    return tracing.call(call, caller, (describe) =>
      inContext((code, registrationId) => describe({ code, registrationId, isFault: isFault(code) })),
    )
  }

  return {
    orchestrateRegistration: (request, caller) =>
      observed('orchestrateRegistration', caller, () => api.orchestrateRegistration(request, caller)),
    registrationStatus: (request, caller) =>
      observed('registrationStatus', caller, () => api.registrationStatus(request, caller)),
  }
}

function isFault(code: string): boolean {
  return code in FAILURES && FAILURES[code as keyof typeof FAILURES].http >= 500
}
