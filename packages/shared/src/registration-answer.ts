/**
 * The partner's answer, field for field as it came, plus what was saved of the visitor.
 * Any of the partner's fields may be missing or an empty string; the partner's `login` may be a number.
 */
export interface UserData {
  success?: boolean | undefined
  /** The host of the paths `deposit`, `main` and `custom_login_link`. */
  domain?: string | undefined
  login?: string | number | undefined
  password?: string | number | undefined
  /** A link that logs its holder in. May be a full https URL. */
  autologin?: string | undefined
  deposit?: string | undefined
  main?: string | undefined
  custom_login_link?: string | undefined
  /** As the caller gave it, trimmed. */
  email: string
  name: string | null
  visitorId: string
}

/** The account exists and its link is known. HTTP 200. */
export interface RegistrationSucceeded {
  success: true
  registrationId: string
  /** The https URL to send the visitor to. */
  depositUrl: string
  userData: UserData
  /** Whether this outcome was already saved when the call arrived. */
  replayed: boolean
  /** For internal apps: the request's fields that the contract doesn't have. */
  ignored?: string[]
}

/** The account exists, but its link is unavailable: none arrived, its time to be shown is over, or it can't be decrypted. HTTP 200. */
export interface RegistrationSucceededWithoutLink {
  success: true
  code: 'LINK_UNAVAILABLE'
  registrationId: string
  depositUrl: null
  userData: UserData
  replayed: boolean
  /** For internal apps: the request's fields that the contract doesn't have. */
  ignored?: string[]
}

/** Not known yet: call again with the same key. HTTP 202. */
export interface RegistrationPending {
  success: false
  code: 'PENDING'
  registrationId: string
  /** How long to wait before calling again, in milliseconds. */
  retryAfterMs: number
  /** For internal apps: the request's fields that the contract doesn't have. */
  ignored?: string[]
}

/** The response of a successful or a pending registration. */
export type RegistrationResponse = RegistrationSucceeded | RegistrationSucceededWithoutLink | RegistrationPending
