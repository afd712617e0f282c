/** How one HTTP call ended. */
export type HttpResult =
  /** An error before any byte of the request was written. */
  | { kind: 'unsent'; reason: string; retryAfterMs?: number }
  /** A time-out, a reset or another error after the first byte was written, and what had arrived by then. */
  | { kind: 'broken'; reason: string; received?: Received }
  /** The answer was too long; the rest was not read. */
  | { kind: 'oversized' }
  | Answer

/** The part of an answer that arrived. */
export interface Received {
  status: number
  body: string
}

/** A complete answer with any status. */
export interface Answer extends Received {
  kind: 'answered'
  retryAfter: string | null
  /** The body and the bytes after it, if the partner sent more than its `Content-Length`. */
  bodyAndMore?: string
}
