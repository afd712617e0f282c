import type { Partner } from '../registration/partner.ts'
import type { Interceptor } from './work-context.ts'

/** The outcome of a call, for its span. */
export interface TracedOutcome {
  code: string
  registrationId?: string | undefined
  /** Whether the server is at fault (5xx). */
  isFault: boolean
}

/** Creates spans. They contain ids, codes and times; no visitor's data, no link, no error message. */
export interface Tracing {
  /** Runs the task in a span of the caller's trace. The task calls `describe` with its outcome. */
  call<T>(
    name: string,
    caller: { requestId: string; traceparent?: string | undefined },
    task: (describe: (outcome: TracedOutcome) => void) => Promise<T>,
  ): Promise<T>
  /** Creates a span for each call of the store. */
  store: Interceptor
  /** Wraps the partner so that each call has a span. */
  partner<P extends Partner>(partner: P, origin: URL): P
  /** Runs a recovery in a span, in the trace of the call that began the registration. */
  recovery<T>(registrationId: string, traceparent: string | undefined, task: () => Promise<T>): Promise<T>
  /** The current span as a W3C `traceparent` header; undefined outside a trace. */
  traceparent(): string | undefined
}

/** Tracing by the server's own provider, which must be stopped. */
export interface OwnTracing extends Tracing {
  /** Sends the remaining spans, for at most two seconds. */
  stop(): Promise<void>
}
