import type { FailureCode, RegistrationResponse } from '@registration/shared'
import type { LookUpResult, PartnerResult } from '../../../src/registration/partner.ts'
import type { Settlement } from '../../../src/registration/settlement.ts'

/** Everything that happened in a world, as nobody in it sees it whole. Instants in milliseconds since it began. */
export interface History {
  /** When each process had first read the database's clock, by its name. */
  readonly clockFirstRead: Map<string, number>
  readonly claims: RecordedClaim[]
  readonly calls: RecordedCall[]
  readonly lookUps: RecordedLookUp[]
  readonly results: RecordedResult[]
  readonly answers: AnsweredRequest[]
  /** What recovery met besides a database that was away. */
  readonly unexpectedErrors: unknown[]
}

/** A claim that was committed, whether or not its process learned of it. */
export interface RecordedClaim {
  registrationId: string
  attempt: number
  by: string
  at: number
  /** By the database's clock. */
  databaseAt: number
}

/** A request for an account that left a process. */
export interface RecordedCall {
  registrationId: string
  email: string
  by: string
  sentAt: number
  /** How many claims there were in the world by then. */
  claimsBefore: number
  /** When the partner was through with it, whether or not anybody still listened; undefined while it is at work. */
  endedAt?: number
  /** How it ended for its process; undefined where that died before. */
  result?: PartnerResult
  /** The link of the account that it opened. */
  link?: string
}

/** What a process learned by asking whether there is an account. */
export interface RecordedLookUp {
  registrationId: string
  result: LookUpResult
}

/** What a process made of a call, and where that was kept. */
export interface RecordedResult {
  registrationId: string
  attempt: number
  by: string
  settlement: Settlement
  /** When the database took it, or had something better; by its clock. */
  savedAt?: number
  journaled: boolean
  /** Whether the journal couldn't take it. */
  diskFailed: boolean
}

/** What a caller was told. */
export type CallerOutcome =
  | { kind: 'answer'; answer: RegistrationResponse }
  | { kind: 'refusal'; code: FailureCode; registrationId: string | undefined; retryAfterMs: number | undefined }
  /** The process died, or was killed, before it answered. */
  | { kind: 'cut-off' }
  /** What the doors would make an `INTERNAL` of. */
  | { kind: 'broken'; error: unknown }

export interface AnsweredRequest {
  key: string
  email: string
  by: string
  outcome: CallerOutcome
  /** By the process's own clock. */
  tookMs: number
  /** Whether the process was stopped in between, so that it can't have kept its deadline. */
  frozen: boolean
}

export function createHistory(): History {
  return {
    clockFirstRead: new Map(),
    claims: [],
    calls: [],
    lookUps: [],
    results: [],
    answers: [],
    unexpectedErrors: [],
  }
}
