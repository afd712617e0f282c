import type { RegistrationPending, RegistrationResponse, UserData } from '@registration/shared'
import { ApiError } from './api-error.ts'
import type { Registration } from './registration.ts'

/** A partner that couldn't be reached a moment ago rarely can be at once. */
const AFTER_RELEASE_MS = 2_000
/** Behind what is due now there is still a call to be made. */
const SOONEST_MS = 1_000
const LATEST_MS = 60_000

/**
 * What a caller is told of a registration.
 *
 * @param replayed whether it was finished before the call came
 * @param closedForMs how long the partner can't be asked for anything: asking us again sooner leads nowhere
 * @throws Refusal for what the contract calls an error
 */
export function responseFor(registration: Registration, replayed: boolean, closedForMs = 0): RegistrationResponse {
  const registrationId = registration.id
  switch (registration.status) {
    case 'succeeded':
    case 'succeeded_without_link': {
      const { depositUrl } = registration
      const userData = userDataOf(registration)
      return depositUrl === null
        ? { success: true, code: 'LINK_UNAVAILABLE', registrationId, depositUrl, userData, replayed }
        : { success: true, registrationId, depositUrl, userData, replayed }
    }
    case 'rejected': {
      const { code, message } = registration.rejection ?? { code: 'PARTNER_REJECTED', message: null }
      throw new ApiError(code, { registrationId, ...(message ? { sentence: message } : {}) })
    }
    case 'released':
      throw new ApiError('PARTNER_UNAVAILABLE', {
        registrationId,
        retryAfterMs: Math.max(AFTER_RELEASE_MS, closedForMs),
      })
    case 'pending':
    case 'uncertain':
    case 'stuck':
      return pendingResponse(registrationId, Math.max(retryAfterMs(registration), closedForMs))
  }
}

export function pendingResponse(registrationId: string, retryAfterMs: number): RegistrationPending {
  return { success: false, code: 'PENDING', registrationId, retryAfterMs }
}

/** When asking about it again makes sense: soon after its next call, rarely where a person has to decide. */
export function retryAfterMs(registration: Registration): number {
  if (registration.status === 'stuck') return LATEST_MS
  return Math.min(Math.max(registration.nextAttemptInMs + SOONEST_MS, SOONEST_MS), LATEST_MS)
}

function userDataOf(registration: Registration): UserData {
  const { email, name, visitorId } = registration
  return { ...registration.partnerAccount, email, name: name ?? null, visitorId }
}
