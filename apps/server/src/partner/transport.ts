/** What HTTP gave of one call. */
export type Transport =
  /** An error before any byte of the request was written. */
  | { kind: 'unsent'; reason: string; retryAfterMs?: number }
  /** A time-out, a reset or another error with the request under way, and what had arrived by then. */
  | { kind: 'broken'; reason: string; received?: Received }
  /** More bytes than any answer of theirs has; the rest was not read. */
  | { kind: 'oversized' }
  | Answer

/** As much of an answer as there is. */
export interface Received {
  status: number
  body: string
}

/** A complete answer, whatever it says. */
export interface Answer extends Received {
  kind: 'answered'
  retryAfter: string | null
  /** The body with the bytes that followed it, where `Content-Length` was shorter than what was sent. */
  bodyAndMore?: string
}
