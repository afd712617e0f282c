import type { EndpointState } from '@registration/shared/operator'
import type { RegistrationEvent } from './registration-event.ts'

/** One event on its way to one endpoint. */
export interface Delivery {
  event: RegistrationEvent
  endpoint: string
  /** Times that it was tried, this one included. */
  attempt: number
  /** Those of them that were made before an operator sent it off anew. */
  attemptsBefore: number
}

/** For so long nobody else tries what somebody has taken: longer than an attempt and the writing of its end. */
export const DELIVERY_LEASE_MS = 30_000

/** How one attempt ended; `status` is HTTP's, `error` a word for what came instead of it. */
export type DeliveryEnd = { status: number | null; error: string | null } & (
  | { to: 'delivered' }
  | { to: 'waiting'; pauseMs: number }
  | { to: 'dead' }
)

/** Events that wait to be delivered. What it says is committed when its promise resolves. */
export interface EventOutbox {
  /**
   * Takes what is due for an endpoint, at most `limit`, so that nobody else does for `leaseMs`: who dies meanwhile leaves
   * it to others.
   */
  claim(endpoint: string, limit: number, leaseMs: number): Promise<Delivery[]>
  /**
   * Writes how attempts ended. A delivery counts whoever's attempt it was; else only the newest attempt's end does,
   * and none of one that an operator has sent off anew meanwhile.
   */
  finish(ends: readonly { delivery: Delivery; end: DeliveryEnd }[]): Promise<void>
  /** Deletes what ended longer ago, at most `limit`; says how many. */
  deleteFinished(deliveredForMs: number, deadForMs: number, limit: number): Promise<number>
  /** Of every endpoint that is listed. */
  state(): Promise<EndpointState[]>
}
