import type { RegistrationEvent } from './registration-event.ts'

/** One event on its way to one endpoint. */
export interface Delivery {
  event: RegistrationEvent
  endpoint: string
  /** Times that it was tried, this one included. */
  attempt: number
}

/** How one attempt ended; `status` is HTTP's, `error` a word for what came instead of it. */
export type DeliveryEnd = { status: number | null; error: string | null } & (
  | { to: 'delivered' }
  | { to: 'waiting'; pauseMs: number }
  | { to: 'dead' }
)

/** How one endpoint is doing. */
export interface EndpointState {
  endpoint: string
  waiting: number
  dead: number
  /** The age of the oldest event that waits; 0 where none does. */
  oldestSeconds: number
}

/** Events that wait to be delivered. What it says is committed when its promise resolves. */
export interface EventOutbox {
  /**
   * Takes what is due for an endpoint, at most `limit`, so that nobody else does for `leaseMs`: who dies meanwhile leaves
   * it to others.
   */
  claim(endpoint: string, limit: number, leaseMs: number): Promise<Delivery[]>
  /** Writes how attempts ended. A delivery counts whoever's attempt it was; else only the newest attempt's end does. */
  finish(ends: readonly { delivery: Delivery; end: DeliveryEnd }[]): Promise<void>
  /** Deletes what ended longer ago, at most `limit`; says how many. */
  deleteFinished(deliveredForMs: number, deadForMs: number, limit: number): Promise<number>
  state(): Promise<EndpointState[]>
}
