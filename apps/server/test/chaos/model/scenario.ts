import { leaseMs } from '../../../src/registration/policy.ts'

/** The input of one simulation. Durations in milliseconds. */
export interface Scenario {
  /** Whether the partner refuses a second account for an e-mail. */
  uniqueByEmail: boolean
  /** Whether the partner has a call that looks an account up without creating one. */
  hasLookUp: boolean
  /** The random part of every retry pause, 0 to 1. */
  jitter: number
  /** How fast the database's clock runs; 1 is exact. */
  databaseRate: number
  /** Network latency between a process and the database, one way. */
  queryMs: number
  /** Concurrent calls to the partner per process. */
  partnerConcurrency: number
  replicas: { clockOffset: number; clockRate: number }[]
  restartAfterMs: number
  visits: PlannedVisit[]
  /** How the partner treats each visitor. */
  visitors: VisitorKind[]
  /** The partner's answers, call by call; later calls get a normal answer. */
  partner: ScriptedAnswer[]
  faults: Fault[]
  /** Which calls of ports kill the process that makes them. All calls are counted together, from 1. */
  crashes: Crash[]
}

export interface Crash {
  call: number
  kind: 'dies-before' | 'dies-after'
}

/** One page, which repeats its request until it has an outcome. */
export interface PlannedVisit {
  at: number
  visitor: number
  /** Pages with the same tab share an idempotency key. */
  tab: number
  /** The replica that gets the first request; each repetition goes to the next one. */
  replica: number
  /** The most requests that it sends. */
  tries: number
  asks: 'to-register' | 'with-proof' | 'for-status'
}

export type VisitorKind = 'new' | 'has-account' | 'refused' | 'multiple-accounts'

/** An answer of a gateway in front of the partner, which may or may not have passed the request on. */
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
  /** Whether the partner carries the request out, unless `kind` implies it. */
  isCarriedOut: boolean
  workMs: number
  /** When the answer is sent: after the work, if it reports the result. */
  answerAfterMs: number
}

/** A fault at the `nth` call of this name, counted over all processes. */
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

/** A fault that affects all processes from that call on, for `ms`. */
export type Outage = 'database-away' | 'disk-full'

/** The database's clock is changed, or a standby with another clock takes over. */
export type ClockStep = 'clock-ahead' | 'clock-back'

/** In proportion to the production defaults, except the deadline: it leaves time for a probe after a lease. */
export const PARTNER_TIMEOUT_MS = 1_000
export const LEASE_MS = leaseMs({ partnerTimeoutMs: PARTNER_TIMEOUT_MS })
export const REQUEST_DEADLINE_MS = 5_000
