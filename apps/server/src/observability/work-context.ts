import { AsyncLocalStorage } from 'node:async_hooks'
import type { RegistrationStore } from '../registration/registration-store.ts'
import type { Tracing } from './tracing.ts'

/** The request or recovery that the current work belongs to, and the time it has taken so far. */
export interface WorkContext {
  by: 'request' | 'recovery'
  requestId?: string
  /** The name of the internal app's key. */
  app?: string | undefined
  /** Undefined without traces. */
  traceId: string | undefined
  /** By the monotonic clock, in milliseconds. */
  begunAt: number
  partnerMs: number
  /** Includes the wait for the batch that a row shares. */
  storeMs: number
  /** Whether a log line has reported the outcome of a registration already. */
  isOutcomeLogged: boolean
}

/** Carries the context with the asynchronous work, so that deep code can name the request that it works for. */
export interface WorkContexts {
  run<T>(origin: Pick<WorkContext, 'by' | 'requestId' | 'app'>, task: () => Promise<T>): Promise<T>
  current(): WorkContext | undefined
}

/** @param traceparent the current trace, in the W3C's form */
export function createWorkContexts(traceparent: () => string | undefined = () => undefined): WorkContexts {
  const storage = new AsyncLocalStorage<WorkContext>()
  return {
    run(origin, task) {
      const traceId = traceparent()?.split('-')[1]
      const fresh = { begunAt: performance.now(), partnerMs: 0, storeMs: 0, isOutcomeLogged: false }
      return storage.run({ ...origin, traceId, ...fresh }, task)
    },
    current: () => storage.getStore(),
  }
}

/** Runs a call of a port, with something before or after it. */
export type Interceptor = <T>(method: string, call: () => Promise<T>) => Promise<T>

/** Wraps the port so that each call of these methods goes through the interceptor. */
function interceptMethods<Port extends object, Method extends keyof Port & string>(
  port: Port,
  methods: readonly Method[],
  intercept: Interceptor,
): Port {
  const wrapped = methods.map((method) => {
    const call = port[method] as (...args: unknown[]) => Promise<unknown>
    return [method, (...args: unknown[]) => intercept(method, () => call(...args))]
  })
  return { ...port, ...Object.fromEntries(wrapped) }
}

/** The methods that a request or recovery calls. */
const METHODS = [
  'insertIntent',
  'claim',
  'settle',
  'closeRegistration',
  'findByKey',
  'findLatestByEmail',
  'get',
  'showsEarlierAccount',
] as const satisfies (keyof RegistrationStore)[]

/** Wraps the store so that its time counts to the current work context, and each call gets a span if there are traces. */
export function timedStore(
  store: RegistrationStore,
  contexts: WorkContexts,
  tracing: Tracing | undefined,
): RegistrationStore {
  return interceptMethods(store, METHODS, async (method, call) => {
    const context = contexts.current()
    if (!context) return call()
    const begunAt = performance.now()
    try {
      return await (tracing ? tracing.store(method, call) : call())
    } finally {
      context.storeMs += performance.now() - begunAt
    }
  })
}
