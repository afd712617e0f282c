import { domainToASCII } from 'node:url'
import type { RejectionCode, TrafficParams, VisitorDescription } from '@registration/shared'
import type { PartnerAccount } from './partner.ts'

export const REGISTRATION_STATUSES = [
  'pending',
  'uncertain',
  'succeeded',
  'succeeded_without_link',
  'rejected',
  'released',
  'stuck',
] as const

/**
 * `pending`: the intent is on disk, and the holder of its lease is calling the partner.
 * `uncertain`: a call may have reached the partner and no usable answer came back.
 * `succeeded`, `succeeded_without_link`, `rejected`: known for good, but that a link may still turn up.
 * `released`: given up while the partner certainly had nothing; the next request with the key starts over.
 * `stuck`: nothing automatic is left to try.
 */
export type RegistrationStatus = (typeof REGISTRATION_STATUSES)[number]

/** Why an operator has to decide. `REJECTED_AFTER_UNKNOWN`: a probe was rejected in unknown words, which may mean that the account exists. */
export type StuckReason =
  | 'NOT_UNIQUE_BY_EMAIL'
  | 'MULTIPLE_ACCOUNTS_AFTER_UNKNOWN'
  | 'REJECTED_AFTER_UNKNOWN'
  | 'PROBED_IN_VAIN'

/** The request's descriptive fields, as the row has them. */
type StoredDescription = { [Field in keyof VisitorDescription]?: VisitorDescription[Field] | null }

/** What a registration is begun with. */
export interface Intent extends StoredDescription {
  /** Made by the application and ordered by time (UUIDv7). */
  id: string
  idempotencyKeyHash: Buffer
  /** Trimmed, as given. */
  email: string
  visitorId: string
  trafficParams: TrafficParams
  source: string
  clientIp: string | null
}

/** One registration as it stood when it was read. Durations were taken by the database's clock at that moment. */
export interface Registration extends Intent {
  status: RegistrationStatus
  /** Calls to the partner that were claimed so far; the number fences late writers off. */
  attempts: number
  /** Whether there is a claim without a result: its call may be under way until `nextAttemptInMs` has passed. */
  asking: boolean
  /** Until the next call may be claimed; 0 when due. Never before the end of a lease. */
  nextAttemptInMs: number
  /** Since the first call whose outcome is unknown; 0 while there is none. */
  uncertainForMs: number
  /** What the partner said when it gave the account; its secrets are present only while they may be shown. */
  partnerAccount: PartnerAccount | null
  /** Where the visitor goes on; `null` without a link, or when it may no longer be shown. */
  depositUrl: string | null
  /** The partner's rejection, with its own sentence if it gave one. */
  rejection: { code: RejectionCode; message: string | null } | null
  stuckReason: StuckReason | null
}

const FINAL: ReadonlySet<RegistrationStatus> = new Set(['succeeded', 'succeeded_without_link', 'rejected', 'released'])

/** Whether nothing more is tried without a new request. */
export function isFinal(status: RegistrationStatus): boolean {
  return FINAL.has(status)
}

/**
 * The e-mail's identity: two spellings that differ only in case, in composed characters or in how the domain is written (пример.рф,
 * xn--e1afmkfd.xn--p1ai) are one visitor.
 */
export function foldEmail(email: string): string {
  const folded = email.trim().normalize('NFC').toLowerCase()
  const at = folded.lastIndexOf('@') + 1
  // Empty where it is no domain.
  const domain = domainToASCII(folded.slice(at))
  return domain === '' ? folded : folded.slice(0, at) + domain
}
