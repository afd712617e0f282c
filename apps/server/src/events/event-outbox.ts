import type { TrafficParams } from '@registration/shared'
import type { EndpointState, EventState, EventType } from '@registration/shared/operator'
import type { RegistrationStatus } from '../registration/registration.ts'

/** One event that is being delivered to one endpoint. */
export interface Delivery {
  event: RegistrationEvent
  endpoint: string
  /** The number of attempts, including this one. */
  attempt: number
  /** The attempts made before an operator resent it. */
  attemptsBefore: number
}

/** How long other processes leave a claimed event alone: longer than one attempt and saving its end. */
export const DELIVERY_LEASE_MS = 30_000

/** How one attempt ended. `status` is the HTTP status; `error` is an error code if there was no response. */
export type DeliveryOutcome = { status: number | null; error: string | null } & (
  | { to: 'delivered' }
  | { to: 'waiting'; pauseMs: number }
  | { to: 'dead' }
)

/** Events that wait to be delivered. Changes are committed when the promise resolves. */
export interface EventOutbox {
  /**
   * Claims at most `limit` due events of an endpoint for `leaseMs`. After that, other processes may claim them, also if this
   * one has died.
   */
  claim(endpoint: string, limit: number, leaseMs: number): Promise<Delivery[]>
  /**
   * Saves how attempts ended. `delivered` is saved for any attempt. Other ends are saved only for the newest attempt, and not
   * if an operator has resent the event meanwhile.
   */
  finish(ends: readonly { delivery: Delivery; end: DeliveryOutcome }[]): Promise<void>
  /** Deletes at most `limit` delivered and dead events of that age. Returns the number of deleted events. */
  deleteFinished(deliveredForMs: number, deadForMs: number, limit: number): Promise<number>
  /** The state of every configured endpoint. */
  state(): Promise<EndpointState[]>
}

export const EVENT_TYPES = [
  'registration.succeeded',
  'registration.rejected',
  'registration.stuck',
  'registration.link_recovered',
] as const satisfies EventType[]

export const EVENT_STATES = ['waiting', 'delivered', 'dead'] as const satisfies EventState[]

/** The message to other apps about one registration. Its fields are sent in this order. */
export interface RegistrationEvent {
  /** The same in every attempt. */
  id: string
  type: EventType
  /** When it happened, ISO 8601. */
  timestamp: string
  data: {
    registrationId: string
    status: RegistrationStatus
    /** The rejection's code, the reason why it is stuck, or `LINK_UNAVAILABLE`. */
    code: string | null
    email: string
    visitorId: string
    source: string
    siteUrl: string | null
    trafficParams: TrafficParams
    /** Whether the registration has a link. */
    hasLink: boolean
    /** Null without a link, or if the link logs its holder in: such a link is only given to the visitor. */
    depositUrl: string | null
  }
}
