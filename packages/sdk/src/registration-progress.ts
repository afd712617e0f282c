import type { RegistrationErrorCode } from './registration-error.ts'

/**
 * - `sending`: the request is on its way, or the server is working on it.
 * - `waiting`: the server has saved the registration and does not know the outcome yet.
 * - `retrying`: the last attempt failed for a passing reason; the next one follows in `retryInMs`.
 * - `done`: the promise is about to settle, one way or the other.
 */
export type RegistrationProgress = 'sending' | 'waiting' | 'retrying' | 'done'

/** What is known besides the progress. */
export interface RegistrationProgressDetails {
  /** Counts the requests, from 1. */
  attempt: number
  /** Why there is no outcome yet; with `waiting` and `retrying`. */
  code?: RegistrationErrorCode
  /** The pause before the next request, in milliseconds; with `waiting` and `retrying`. */
  retryInMs?: number
}

/** Is called with the progress of the registration. An error that it throws is reported as uncaught and changes nothing. */
export type ProgressListener = (progress: RegistrationProgress, details: RegistrationProgressDetails) => void
