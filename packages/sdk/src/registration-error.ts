import type { FailureCode, UserData } from '@registration/shared'

/**
 * Why there is no link. Besides the server's own codes:
 * - `LINK_UNAVAILABLE`: the account exists, but there is no link to it here: none reached us, or it may no longer be shown.
 * - `PENDING`: the outcome was still unknown when `deadlineMs` was over. Call again: the same registration is joined.
 * - `NETWORK`: no usable answer came from the server.
 * - `ABORTED`: your `signal` was aborted. The registration itself goes on.
 */
export type RegistrationErrorCode = FailureCode | 'LINK_UNAVAILABLE' | 'PENDING' | 'NETWORK' | 'ABORTED'

/** What is known about a failure besides its code and sentence. */
export interface RegistrationErrorDetails {
  /** Whether calling again for the same e-mail may succeed. It goes on where it was; no account is made twice. */
  readonly retryable?: boolean | undefined
  /** How long to wait before that, in milliseconds, where the server said so. */
  readonly retryAfterMs?: number | undefined
  /** Names the request in the server's log. */
  readonly requestId?: string | undefined
  /** Present once the registration is saved. */
  readonly registrationId?: string | undefined
  /** What the partner answered, with `LINK_UNAVAILABLE`: its `domain` and `login` let the visitor log in. */
  readonly userData?: UserData | undefined
  /** Which fields the server could not take and why, with `INVALID_INPUT`. */
  readonly issues?: readonly { path: string; message: string }[] | undefined
  /** What was caught. */
  readonly cause?: unknown
}

/** Marks the errors of every copy of this package. */
const BRAND = Symbol.for('@registration/sdk/error')

/**
 * Thrown by every call of this package. `message` can be shown; for a rejection it is the partner's own sentence.
 * `instanceof` holds for the errors of every copy of this package in the page.
 */
export class RegistrationError extends Error {
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isRegistrationError(value)
  }

  override readonly name = 'RegistrationError'
  /** What to branch on. */
  readonly code: RegistrationErrorCode
  /** Whether calling again for the same e-mail may succeed. It goes on where it was; no account is made twice. */
  readonly retryable: boolean
  /** How long to wait before that, in milliseconds, where the server said so. */
  readonly retryAfterMs: number | undefined
  /** Names the request in the server's log. */
  readonly requestId: string | undefined
  /** Present once the registration is saved. */
  readonly registrationId: string | undefined
  /** What the partner answered, with `LINK_UNAVAILABLE`: its `domain` and `login` let the visitor log in. */
  readonly userData: UserData | undefined
  /** Which fields the server could not take and why, with `INVALID_INPUT`. */
  readonly issues: readonly { path: string; message: string }[] | undefined
  /** What was caught. */
  // biome-ignore lint/suspicious/noExplicitAny: in TypeScript 4.7 an Error's cause is an Error, later it is unknown.
  override readonly cause: any

  constructor(code: RegistrationErrorCode, message: string, details: RegistrationErrorDetails = {}) {
    super(message)
    this.code = code
    this.retryable = !!details.retryable
    this.retryAfterMs = details.retryAfterMs
    this.requestId = details.requestId
    this.registrationId = details.registrationId
    this.userData = details.userData
    this.issues = details.issues
    this.cause = details.cause
    Object.defineProperty(this, BRAND, { value: true })
  }
}

/** Whether this package threw it, whichever copy of it: one in another bundle, or the script tag's. */
export function isRegistrationError(value: unknown): value is RegistrationError {
  return !!(value as { [BRAND]?: true } | null | undefined)?.[BRAND]
}

/** The error as it is where it is one of ours; else one of ours with it as its cause. */
export function toRegistrationError(cause: unknown): RegistrationError {
  return isRegistrationError(cause)
    ? cause
    : new RegistrationError('INTERNAL', 'Something went wrong. Please try again.', {
        retryable: true,
        cause,
      })
}

/** The page or its set-up is wrong: `message` says what and how to fix it. */
export function setUpError(message: string, cause?: unknown): RegistrationError {
  return new RegistrationError('INVALID_INPUT', message, { cause })
}
