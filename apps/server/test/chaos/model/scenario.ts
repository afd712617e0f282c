import { leaseMs } from '../../../src/registration/policy.ts'

/** What happens in one history, besides what follows from it. Durations in milliseconds. */
export interface Scenario {
  /** Whether the partner makes no second account of an e-mail. */
  uniqueByEmail: boolean
  /** Whether the partner can be asked for an account without being asked to make one. */
  hasLookUp: boolean
  /** 0 to 1: what every retry pause draws. */
  jitter: number
  /** How fast the database's clock runs; 1 is right. */
  databaseRate: number
  /** How long a query is on its way to the database, and its answer on the way back. */
  queryMs: number
  /** Calls to the partner that each process may have under way. */
  partnerConcurrency: number
  replicas: { clockOffset: number; clockRate: number }[]
  restartAfterMs: number
  visits: PlannedVisit[]
  /** What the partner thinks of each visitor. */
  visitors: VisitorKind[]
  /** What the partner does call by call; later calls are answered well. */
  partner: ScriptedAnswer[]
  faults: Fault[]
  /** Which calls of ports kill the process that makes them, counting all calls from 1; each time the count goes on. */
  crashes: Crash[]
}

export interface Crash {
  call: number
  kind: 'dies-before' | 'dies-after'
}

/** One page that asks, and asks again while it gets no outcome. */
export interface PlannedVisit {
  at: number
  visitor: number
  /** Pages of one tab share their key. */
  tab: number
  /** The replica that is asked first; each repetition goes to the next. */
  replica: number
  /** How often it asks at most. */
  tries: number
  asks: 'to-register' | 'with-proof' | 'for-status'
}

export type VisitorKind = 'new' | 'has-account' | 'refused' | 'multiple-accounts'

/** What a gateway in front of the partner says while the partner may be at work, or before it was asked. */
export type GatewayError = `error-${408 | 425 | 499 | 502 | 503 | 504 | 524}`

export interface ScriptedAnswer {
  kind:
    | 'answer'
    | 'no-link'
    | 'busy'
    | 'busy-for-long'
    | 'error-500'
    | GatewayError
    | 'reset'
    | 'nothing'
    | 'unreachable'
  /** Whether the request is carried out, where that doesn't follow from what is said. */
  isCarriedOut: boolean
  workMs: number
  /** When something is said; never before the work is done where it tells of that. */
  answerAfterMs: number
}

/** What goes wrong when the `nth` call of this name is made, whichever process makes it. */
export interface Fault {
  call: string
  nth: number
  what:
    | 'dies-before'
    | 'dies-after'
    | 'freezes-before'
    | 'freezes-meanwhile'
    | 'answer-lost'
    | 'slow'
    | 'row-locked'
    | 'host-refuses'
    | ClockStep
    | Outage
  ms: number
}

/** What goes wrong for everybody, from that call on. */
export type Outage = 'database-away' | 'disk-full'

/** The database's clock is set, or a standby takes over whose clock is another one. */
export type ClockStep = 'clock-ahead' | 'clock-back'

/** In the proportions of the real thing, but for the deadline, which leaves time for a probe after a lease. */
export const PARTNER_TIMEOUT_MS = 1_000
export const LEASE_MS = leaseMs({ partnerTimeoutMs: PARTNER_TIMEOUT_MS })
export const REQUEST_DEADLINE_MS = 5_000
