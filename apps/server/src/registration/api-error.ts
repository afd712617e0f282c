import type { FailureCode } from '@registration/shared'

/** A call that ends with one of the contract's failure codes. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: FailureCode
  /** What the caller reads; the code's own sentence when absent. */
  readonly sentence: string | undefined
  readonly registrationId: string | undefined
  readonly retryAfterMs: number | undefined

  constructor(
    code: FailureCode,
    details: { sentence?: string; registrationId?: string; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(details.sentence ?? code, { cause: details.cause })
    this.code = code
    this.sentence = details.sentence
    this.registrationId = details.registrationId
    this.retryAfterMs = details.retryAfterMs
  }
}
