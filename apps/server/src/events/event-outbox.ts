import type { TrafficParams } from '@registration/shared'
import type { EndpointState, EventState, EventType } from '@registration/shared/operator'
import type { RegistrationStatus } from '../registration/registration.ts'

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

export const EVENT_TYPES = [
  'registration.succeeded',
  'registration.rejected',
  'registration.stuck',
  'registration.link_recovered',
] as const satisfies EventType[]

export const EVENT_STATES = ['waiting', 'delivered', 'dead'] as const satisfies EventState[]

/** What other apps are told of one registration, in the order in which it is written. */
export interface RegistrationEvent {
  /** The same however often it is sent. */
  id: string
  type: EventType
  /** When it happened, ISO 8601. */
  timestamp: string
  data: {
    registrationId: string
    status: RegistrationStatus
    /** The refusal, the reason for being stuck, or `LINK_UNAVAILABLE`. */
    code: string | null
    email: string
    visitorId: string
    source: string
    siteUrl: string | null
    trafficParams: TrafficParams
    /** Whether the visitor has somewhere to go on to. */
    hasLink: boolean
    /** Null without a link, and where the link logs its holder in: such a one goes to the visitor alone. */
    depositUrl: string | null
  }
}
