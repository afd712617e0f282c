import type { FailureCode, RegistrationResponse } from '@registration/shared'
import type { LookUpResult, PartnerResult } from '../../../src/registration/partner.ts'
import type { Settlement } from '../../../src/registration/settlement.ts'

/** The complete record of one simulation, for the invariants. Times in milliseconds since its start. */
export interface History {
  /** When each process first read the database's clock, by process name. */
  readonly clockFirstRead: Map<string, number>
  readonly claims: RecordedClaim[]
  readonly calls: RecordedCall[]
  readonly lookUps: RecordedLookUp[]
  readonly results: RecordedResult[]
  readonly answers: AnsweredRequest[]
  /** Errors in recovery other than an unavailable database. */
  readonly unexpectedErrors: unknown[]
}

/** A committed claim, whether or not its process learned of it. */
export interface RecordedClaim {
  registrationId: string
  attempt: number
  by: string
  at: number
  /** By the database's clock. */
  databaseAt: number
}

/** A register call that left a process. */
export interface RecordedCall {
  registrationId: string
  email: string
  by: string
  sentAt: number
  /** How many claims there were by then, of all registrations. */
  claimsBefore: number
  /** When the partner had finished; undefined while it is working. */
  endedAt?: number
  /** The result for the process; undefined if the process was killed before. */
  result?: PartnerResult
  /** The link of the account that it created. */
  link?: string
}

/** The result of a lookup. */
export interface RecordedLookUp {
  registrationId: string
  result: LookUpResult
}

/** The settlement of a call, and where it was stored. */
export interface RecordedResult {
  registrationId: string
  attempt: number
  by: string
  settlement: Settlement
  /** When the database had stored it or a newer result, by the database's clock. */
  savedAt?: number
  journaled: boolean
  /** Whether writing it to the journal failed. */
  diskFailed: boolean
}

/** What a caller was told. */
export type CallerOutcome =
  | { kind: 'answer'; answer: RegistrationResponse }
  | { kind: 'refusal'; code: FailureCode; registrationId: string | undefined; retryAfterMs: number | undefined }
  /** The process was killed before it answered. */
  | { kind: 'cut-off' }
  /** An error that the routes would report as `INTERNAL`. */
  | { kind: 'broken'; error: unknown }

export interface AnsweredRequest {
  key: string
  email: string
  by: string
  outcome: CallerOutcome
  /** By the process's clock. */
  tookMs: number
  /** Whether the process was frozen during the request, so that it can't have kept its deadline. */
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
