import type { TrafficParams } from '@registration/shared'
import type { EventState, EventType } from '@registration/shared/operator'
import type { RegistrationStatus } from './registration.ts'

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
