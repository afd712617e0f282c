import type { RegistrationPending, RegistrationResponse, UserData } from '@registration/shared'
import { ApiError } from './api-error.ts'
import type { Registration } from './registration.ts'

/** A partner that was just unreachable is usually still unreachable a second later. */
const AFTER_RELEASE_MS = 2_000
/** Even if the next call is due now, it takes about this long. */
const SOONEST_MS = 1_000
const LATEST_MS = 60_000

/**
 * The response to a caller about a registration.
 *
 * @param replayed whether it was finished before this request
 * @param closedForMs how long no call to the partner may be made, in milliseconds: asking again sooner is useless
 * @throws ApiError when the outcome is an error of the contract
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

/** When a caller should ask again: soon after the next call, and rarely when an operator has to decide. */
export function retryAfterMs(registration: Registration): number {
  if (registration.status === 'stuck') return LATEST_MS
  return Math.min(Math.max(registration.nextAttemptInMs + SOONEST_MS, SOONEST_MS), LATEST_MS)
}

function userDataOf(registration: Registration): UserData {
  const { email, name, visitorId } = registration
  return { ...registration.partnerAccount, email, name: name ?? null, visitorId }
}
