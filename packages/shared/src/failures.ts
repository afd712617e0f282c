/** An error code as the API shows it. */
export interface FailureKind {
  /** The HTTP status, on the REST route and on the tRPC route alike. */
  http: number
  /** The tRPC error code. */
  trpc: string
  /** Whether the same call, with the same key, may succeed later. Retryable errors carry `retryAfterMs`. */
  retryable: boolean
  /** The default sentence. */
  sentence: string
}

/** Every error code of the API. Both transports, the OpenAPI document and the SDK derive from this table. */
export const FAILURES = {
  INVALID_INPUT: {
    http: 400,
    trpc: 'BAD_REQUEST',
    retryable: false,
    sentence: 'The request could not be understood.',
  },
  ALREADY_REGISTERED: {
    http: 400,
    trpc: 'BAD_REQUEST',
    retryable: false,
    sentence: 'This e-mail is already registered.',
  },
  MULTIPLE_ACCOUNTS: {
    http: 400,
    trpc: 'BAD_REQUEST',
    retryable: false,
    sentence: 'Multiple accounts are not allowed.',
  },
  PARTNER_REJECTED: {
    http: 400,
    trpc: 'BAD_REQUEST',
    retryable: false,
    sentence: 'The registration was refused.',
  },
  VERIFICATION_REQUIRED: {
    http: 401,
    trpc: 'UNAUTHORIZED',
    retryable: false,
    sentence: 'Confirm your e-mail address first.',
  },
  VERIFICATION_INVALID: {
    http: 401,
    trpc: 'UNAUTHORIZED',
    retryable: false,
    sentence: 'The confirmation of your e-mail address is wrong or has expired. Please confirm it again.',
  },
  ORIGIN_NOT_ALLOWED: {
    http: 403,
    trpc: 'FORBIDDEN',
    retryable: false,
    sentence: 'This page may not register visitors here.',
  },
  FORBIDDEN: {
    http: 403,
    trpc: 'FORBIDDEN',
    retryable: false,
    sentence: 'This key is not known here.',
  },
  IN_PROGRESS: {
    http: 409,
    trpc: 'CONFLICT',
    retryable: true,
    sentence: 'This e-mail is being registered at the moment. Please try again shortly.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    http: 422,
    trpc: 'UNPROCESSABLE_CONTENT',
    retryable: false,
    sentence: 'This idempotency key belongs to the registration of another e-mail. Use a new key for each visitor.',
  },
  RATE_LIMITED: {
    http: 429,
    trpc: 'TOO_MANY_REQUESTS',
    retryable: true,
    sentence: 'Too many attempts. Please wait a little and try again.',
  },
  INTERNAL: {
    http: 500,
    trpc: 'INTERNAL_SERVER_ERROR',
    retryable: true,
    sentence: 'Something went wrong on our side. Please try again.',
  },
  PARTNER_UNAVAILABLE: {
    http: 502,
    trpc: 'BAD_GATEWAY',
    retryable: true,
    sentence: 'The registration service cannot be reached at the moment. Please try again shortly.',
  },
  OVERLOADED: {
    http: 503,
    trpc: 'SERVICE_UNAVAILABLE',
    retryable: true,
    sentence: 'There are too many registrations at the moment. Please try again shortly.',
  },
  DATABASE_UNAVAILABLE: {
    http: 503,
    trpc: 'SERVICE_UNAVAILABLE',
    retryable: true,
    sentence: 'Registrations cannot be saved at the moment. Please try again shortly.',
  },
  VERIFICATION_UNAVAILABLE: {
    http: 503,
    trpc: 'SERVICE_UNAVAILABLE',
    retryable: true,
    sentence: 'The confirmation of your e-mail address cannot be checked at the moment. Please try again shortly.',
  },
} as const satisfies Record<string, FailureKind>

/** An error code. Pages and apps branch on it. */
export type FailureCode = keyof typeof FAILURES

/** The codes of a rejection by the partner; their `error` is the partner's own sentence. */
export type RejectionCode = 'ALREADY_REGISTERED' | 'MULTIPLE_ACCOUNTS' | 'PARTNER_REJECTED'

/** The body of every error response; in tRPC the same object is `error.data.registration`. */
export interface RegistrationFailure {
  success: false
  /** A sentence that can be shown to the visitor; for a rejection, the partner's own. */
  error: string
  code: FailureCode
  retryable: boolean
  /** Names this request in the server's log. */
  requestId: string
  /** Present once the registration is saved. */
  registrationId?: string
  /** Present when `retryable`: how long to wait before calling again with the same key, in milliseconds. */
  retryAfterMs?: number
  /** Present for `INVALID_INPUT`: each invalid field and the reason. */
  issues?: InputIssue[]
}

/** One invalid field of a request. */
export interface InputIssue {
  /** Such as `trafficParams.tag`; empty for the body as a whole. */
  path: string
  message: string
}
