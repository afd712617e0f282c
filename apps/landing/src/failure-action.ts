import type { RegistrationErrorCode } from '@registration/sdk'

/** What the visitor can do about a failure. */
export type FailureAction = 'retry' | 'other-email' | 'edit' | 'confirm-again' | 'nothing'

export const FAILURE_ACTIONS: Record<RegistrationErrorCode, FailureAction> = {
  ALREADY_REGISTERED: 'other-email',
  MULTIPLE_ACCOUNTS: 'other-email',
  PARTNER_REJECTED: 'edit',
  INVALID_INPUT: 'edit',
  VERIFICATION_REQUIRED: 'confirm-again',
  VERIFICATION_INVALID: 'confirm-again',
  LINK_UNAVAILABLE: 'nothing',
  ORIGIN_NOT_ALLOWED: 'nothing',
  FORBIDDEN: 'nothing',
  PENDING: 'retry',
  VERIFICATION_UNAVAILABLE: 'retry',
  IN_PROGRESS: 'retry',
  NETWORK: 'retry',
  ABORTED: 'retry',
  RATE_LIMITED: 'retry',
  PARTNER_UNAVAILABLE: 'retry',
  OVERLOADED: 'retry',
  DATABASE_UNAVAILABLE: 'retry',
  INTERNAL: 'retry',
  // The SDK has dropped the key: trying again begins a new registration.
  IDEMPOTENCY_KEY_REUSED: 'retry',
}

/** The failures whose sentence says more than ours: the partner's own words, and the server's list of bad fields. */
export function speaksForItself(code: RegistrationErrorCode): boolean {
  return ['ALREADY_REGISTERED', 'MULTIPLE_ACCOUNTS', 'PARTNER_REJECTED', 'INVALID_INPUT'].includes(code)
}
