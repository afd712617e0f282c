import type { FailureCode, InputIssue } from '@registration/shared'

/** A request that ends with one of the contract's error codes. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: FailureCode
  /** What the caller reads; the code's own sentence when absent. */
  readonly sentence: string | undefined
  readonly registrationId: string | undefined
  readonly retryAfterMs: number | undefined
  /** Of `INVALID_INPUT`: the bad fields. */
  readonly issues: readonly InputIssue[] | undefined

  constructor(
    code: FailureCode,
    details: {
      sentence?: string
      registrationId?: string
      retryAfterMs?: number
      issues?: readonly InputIssue[]
      cause?: unknown
    } = {},
  ) {
    super(details.sentence ?? code, { cause: details.cause })
    this.code = code
    this.sentence = details.sentence
    this.registrationId = details.registrationId
    this.retryAfterMs = details.retryAfterMs
    this.issues = details.issues
  }
}

/** `INVALID_INPUT` about one field. */
export function invalidField(path: string, message: string): ApiError {
  return new ApiError('INVALID_INPUT', { sentence: `${path}: ${message}`, issues: [{ path, message }] })
}
