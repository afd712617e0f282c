import type { Partner } from '../registration/partner.ts'
import type { Interceptor } from './work-context.ts'

/** What came of a call, for its span. */
export interface TracedAnswer {
  code: string
  registrationId?: string | undefined
  /** Whether it is ours to put right. */
  isFault: boolean
}

/** Traces, where somebody wants them. Spans hold ids, codes and times: no visitor, no link, no message of an error. */
export interface Tracing {
  /** The span of a call, in its caller's trace; `describe` says what came of it. */
  call<T>(
    name: string,
    caller: { requestId: string; traceparent?: string | undefined },
    task: (describe: (answer: TracedAnswer) => void) => Promise<T>,
  ): Promise<T>
  /** A span for each call of the store. */
  store: Interceptor
  /** A span for each call to the partner. */
  partner<P extends Partner>(partner: P, origin: URL): P
  /** The span of a recovery, in the trace of the call that began the registration. */
  recovery<T>(registrationId: string, traceparent: string | undefined, task: () => Promise<T>): Promise<T>
  /** Where we are now, as the W3C's header says it; undefined outside of any trace. */
  traceparent(): string | undefined
}

/** Traces of our own making, which have to be sent. */
export interface OwnTracing extends Tracing {
  /** Sends what is left, as far as that is possible within two seconds. */
  stop(): Promise<void>
}
