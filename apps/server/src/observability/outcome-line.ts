import type { Registration, RegistrationStatus } from '../registration/registration.ts'
import type { Effort } from './create-efforts.ts'

/** As the answer calls it; a refusal and what is stuck have codes of their own. */
const CODES: Partial<Record<RegistrationStatus, string>> = {
  succeeded: 'SUCCEEDED',
  succeeded_without_link: 'LINK_UNAVAILABLE',
  released: 'PARTNER_UNAVAILABLE',
}

/** The one line that the log has of a registration's outcome. */
export function outcomeLine(registration: Registration, effort: Effort | undefined) {
  const { id: registrationId, status, attempts, source, rejection, stuckReason } = registration
  return {
    registrationId,
    status,
    code: rejection?.code ?? stuckReason ?? CODES[status],
    attempts,
    source,
    ...(effort && {
      by: effort.by,
      requestId: effort.requestId,
      app: effort.app,
      traceId: effort.traceId,
      durationMs: Math.round(performance.now() - effort.begun),
      partnerMs: Math.round(effort.partnerMs),
      storeMs: Math.round(effort.storeMs),
    }),
  }
}
