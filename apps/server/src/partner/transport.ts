/** What the wire gave of one call. */
export type Transport =
  /** An error before any byte of the request was written. */
  | { kind: 'unsent'; reason: string; retryAfterMs?: number }
  /** A time-out, a reset or another error with the request under way. */
  | { kind: 'broken'; reason: string }
  /** More bytes than any answer of theirs has; the rest was not read. */
  | { kind: 'oversized' }
  | Answer

/** A complete answer, whatever it says. */
export interface Answer {
  kind: 'answered'
  status: number
  retryAfter: string | null
  body: string
}
