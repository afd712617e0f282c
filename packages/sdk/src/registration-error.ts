import type { FailureCode } from '@registration/shared'

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
  /** Present once the registration is on file. */
  readonly registrationId?: string | undefined
  /** What was caught, for `NETWORK`. */
  readonly cause?: unknown
}

/** Thrown by every call of this package. `message` is fit to show; for a refusal it is the partner's own sentence. */
export class RegistrationError extends Error {
  override readonly name = 'RegistrationError'
  /** What to branch on. */
  readonly code: RegistrationErrorCode
  /** Whether calling again for the same e-mail may succeed. It goes on where it was; no account is made twice. */
  readonly retryable: boolean
  /** How long to wait before that, in milliseconds, where the server said so. */
  readonly retryAfterMs: number | undefined
  /** Names the request in the server's log. */
  readonly requestId: string | undefined
  /** Present once the registration is on file. */
  readonly registrationId: string | undefined
  /** What was caught, for `NETWORK`. */
  override readonly cause: unknown

  constructor(
    code: RegistrationErrorCode,
    message: string,
    { retryable, retryAfterMs, requestId, registrationId, cause }: RegistrationErrorDetails = {},
  ) {
    super(message)
    this.code = code
    this.retryable = !!retryable
    this.retryAfterMs = retryAfterMs
    this.requestId = requestId
    this.registrationId = registrationId
    this.cause = cause
  }
}
