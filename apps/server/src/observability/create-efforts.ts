import { AsyncLocalStorage } from 'node:async_hooks'

/** On whose account something is done, and what it has cost so far. */
export interface Effort {
  by: 'request' | 'recovery'
  requestId?: string
  /** The name of the internal app's key. */
  app?: string | undefined
  /** Undefined where there are no traces. */
  traceId: string | undefined
  /** By the process's clock, in milliseconds. */
  begun: number
  partnerMs: number
  /** Waiting for the batch that a row shares included. */
  storeMs: number
  /** Whether a line has told the outcome of a registration already. */
  isTold: boolean
}

/**
 * Carries an effort beside the work, so that what is deep inside can be told with the request that it was done for, and
 * nothing in between has to hand it on.
 */
export interface Efforts {
  run<T>(origin: Pick<Effort, 'by' | 'requestId' | 'app'>, task: () => Promise<T>): Promise<T>
  current(): Effort | undefined
}

/** @param traceparent the trace that is being worked in */
export function createEfforts(traceparent: () => string | undefined = () => undefined): Efforts {
  const efforts = new AsyncLocalStorage<Effort>()
  return {
    run(origin, task) {
      const traceId = traceparent()?.split('-')[1]
      const fresh = { begun: performance.now(), partnerMs: 0, storeMs: 0, isTold: false }
      return efforts.run({ ...origin, traceId, ...fresh }, task)
    },
    current: () => efforts.getStore(),
  }
}
