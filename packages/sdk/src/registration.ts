import type { RegistrationSucceeded } from '@registration/shared'

/** A registered visitor. */
export interface Registration {
  /** Where to send the visitor: an https link. */
  depositUrl: string
  registrationId: string
  /** The partner's answer, field for field, with the saved `email`, `name` and `visitorId`. */
  userData: RegistrationSucceeded['userData']
  /** Whether this outcome was already known when the call came. */
  replayed: boolean
}
