import type {
  TRPCBuiltRouter,
  TRPCDefaultErrorData,
  TRPCDefaultErrorShape,
  TRPCMutationProcedure,
  TRPCQueryProcedure,
} from '@trpc/server'
import type { RegistrationFailure } from './failures.ts'
import type { VisitorDescription } from './registration-request.ts'

export type Status =
  | 'pending'
  | 'uncertain'
  | 'succeeded'
  | 'succeeded_without_link'
  | 'rejected'
  | 'released'
  | 'stuck'

/** One registration of the list. Instants are ISO 8601. */
export interface Summary {
  id: string
  status: Status
  email: string
  tag: string | null
  clickId: string | null
  /** The rejection code. */
  code: string | null
  stuckReason: string | null
  /** The number of claimed calls to the partner. */
  attempts: number
  createdAt: string
}

/** How a call to the partner ended: with an account, with a rejection, certainly not processed, or unknown. */
export type CallOutcome = 'accepted' | 'rejected' | 'not-processed' | 'unknown'

/** `drop`: a result that could not be written was given up. */
export type OperatorAction = 'retry' | 'resolve' | 'erase' | 'reveal' | 'redrive' | 'drop'

/**
 * Why the partner was called: to register; again, because the previous call was certainly not processed; or to resolve an unknown
 * outcome, while a visitor waits, by recovery or for an operator.
 */
export type CallReason = 'registration' | 'repeat' | 'probe' | 'recovery' | 'operator'

/** What happened to a registration, and when. */
export type HistoryEntry = { at: string } & (
  | { kind: 'begun' }
  | {
      kind: 'call'
      attempt: number
      why: CallReason
      /** Null while the call is in progress, or if its outcome was never written. */
      outcome: CallOutcome | null
      durationMs: number | null
      /** Whether the call was a lookup, which never opens an account. */
      lookedUp: boolean
      /** The process that made the call, such as `registration-0:7`; null for calls of older versions. */
      replica: string | null
    }
  /** `replica` is the process that decided it without a call; null if a call or an operator caused it. */
  | { kind: 'status'; status: Status; replica: string | null }
  /** `endpoints` of a redrive: the apps that are notified again. */
  | { kind: 'action'; action: OperatorAction; by: string; reason: string; endpoints?: string[] }
)

/** The descriptive fields as saved. Of the browser's data only `userAgent` is shown. */
export type ShownDescription = {
  [Field in Exclude<keyof VisitorDescription, 'browserData'>]-?: NonNullable<VisitorDescription[Field]> | null
}

/** One registration without the secrets of the visitor's account. */
export interface Details extends Summary, ShownDescription {
  visitorId: string
  clientIp: string | null
  source: string
  trafficParams: Record<string, string>
  userAgent: string | null
  partnerDomain: string | null
  partnerLogin: string | null
  partnerMessage: string | null
  /** Whether there are secrets to reveal. */
  hasSecrets: boolean
  erasedAt: string | null
  /** Newest first. */
  history: HistoryEntry[]
}

export interface Secrets {
  password: string | null
  autologin: string | null
  depositUrl: string | null
}

/** The filters of the list; all of them apply. */
export interface ListInput {
  status?: Status[] | undefined
  code?: string | undefined
  email?: string | undefined
  tag?: string | undefined
  clickId?: string | undefined
  from?: string | undefined
  to?: string | undefined
  /** `nextCursor` of the previous page. */
  cursor?: string | undefined
  limit?: number | undefined
}

/** Percentiles of the duration of answered calls to the partner, in milliseconds. */
export interface Percentiles {
  p50: number
  p90: number
  p95: number
  p99: number
}

/** The period; it ends now without `to`. */
export interface StatsInput {
  from: string
  to?: string | undefined
}

export interface Stats {
  /** The width of each bucket of `overTime`. */
  bucketMs: number
  /**
   * The share of the period that was counted, 0 to 1. Below 1 there are too many registrations to count each one, and the numbers
   * are extrapolated.
   */
  counted: number
  byStatus: Record<Status, number>
  /** All buckets of the period; empty without registrations. */
  overTime: { at: string; byStatus: Record<Status, number>; latency: Percentiles | null }[]
  latency: Percentiles | null
  /** The most frequent first. */
  refusals: { code: string; count: number }[]
  /** The ten most frequent; those with an account count as succeeded. */
  tags: { tag: string | null; count: number; succeeded: number }[]
  /** Unfinished registrations at present, whenever they were started; stuck and other ones are each counted up to 10,000. */
  unfinished: { count: number; stuck: number; oldest: { id: string; createdAt: string } | null }
}

export type EventState = 'waiting' | 'delivered' | 'dead'

export type EventType =
  | 'registration.succeeded'
  | 'registration.rejected'
  | 'registration.stuck'
  | 'registration.link_recovered'

/** One event of one registration for one endpoint. Instants are ISO 8601. */
export interface EventSummary {
  /** The same for all endpoints and attempts. */
  id: string
  /** The app's name. */
  endpoint: string
  registrationId: string
  type: EventType
  /** The rejection code, the stuck reason, or `LINK_UNAVAILABLE`. */
  code: string | null
  state: EventState
  /** The number of attempts. */
  attempts: number
  /** When it happened. */
  occurredAt: string
  /** Null unless it is waiting. */
  nextAttemptAt: string | null
  /** When it was delivered or given up. */
  finishedAt: string | null
  /** HTTP status of the last attempt that ended. */
  lastStatus: number | null
  /** A short error code if the last attempt got no response. */
  lastError: string | null
  /** The attempts that failed, oldest first. */
  failures: AttemptFailure[]
}

export interface AttemptFailure {
  attempt: number
  at: string
  status: number | null
  error: string | null
}

/** The filters of the list; all of them apply. */
export interface EventListInput {
  state?: EventState[] | undefined
  type?: EventType[] | undefined
  endpoint?: string | undefined
  registrationId?: string | undefined
  /** `nextCursor` of the previous page. */
  cursor?: string | undefined
  limit?: number | undefined
}

/** The deliveries of one endpoint. */
export interface EndpointState {
  endpoint: string
  /** Whether WEBHOOK_ENDPOINTS lists it. Events for an unlisted endpoint are not sent. */
  isListed: boolean
  /** Waiting events, counted up to 10,000. */
  waiting: number
  /** Events that were given up, counted up to 10,000. */
  dead: number
  /** The age of the oldest waiting event; 0 without one. */
  oldestSeconds: number
}

/** Filters the dead events; empty selects all. */
export interface DeadEvents {
  type?: EventType[] | undefined
  endpoint?: string | undefined
  registrationId?: string | undefined
}

/** One event for one endpoint, or the next batch of dead ones; `cursor` is `nextCursor` of the previous response. */
export type RedriveInput = { reason: string } & (
  | { id: string; endpoint: string }
  | { dead: DeadEvents; cursor?: string | undefined }
)

export interface Redriven {
  redriven: number
  /** The cursor of the next batch of dead events; null after the last one. */
  nextCursor: string | null
}

/** What an operator found at the partner. */
export type Found =
  | { outcome: 'account_with_link'; depositUrl: string }
  | { outcome: 'account_without_link' }
  | { outcome: 'absent' }

/** A sentence of the partner with which registrations are stuck. */
export interface StuckSentence {
  sentence: string
  /** Registrations with it, of the 10,000 oldest stuck ones. */
  count: number
  /** When the oldest was started. */
  oldestAt: string
  /** Added to `PARTNER_ALREADY_WORDS`, it makes the sentence mean "already registered"; null if the sentence is too short. */
  alreadyWords: string | null
}

/** Resolves the registrations that are stuck with a sentence, in batches; `cursor` is `nextCursor` of the previous response. */
export interface ResolveSentenceInput {
  sentence: string
  outcome: 'account_without_link' | 'absent'
  reason: string
  cursor?: string | undefined
}

export interface ResolvedSentence {
  resolved: number
  /** The cursor of the next batch; null after the last one. */
  nextCursor: string | null
}

type ForAReason = { id: string; reason: string }

interface Root {
  ctx: object
  meta: object
  errorShape: TRPCDefaultErrorShape & { data: TRPCDefaultErrorData & { registration: RegistrationFailure } }
  transformer: false
}

interface Procedure<Input, Output> {
  input: Input
  output: Output
  meta: object
  errorShape: Root['errorShape']
}

/**
 * The operators' procedures at `/operator/trpc`, with `Authorization: Bearer` and one of OPERATOR_API_KEYS. The server
 * asserts in both directions that its own router equals this type.
 */
export type OperatorRouter = TRPCBuiltRouter<
  Root,
  {
    registrations: {
      list: TRPCQueryProcedure<Procedure<ListInput, { items: Summary[]; nextCursor: string | null }>>
      get: TRPCQueryProcedure<Procedure<{ id: string }, Details>>
      retry: TRPCMutationProcedure<Procedure<ForAReason, Details>>
      resolve: TRPCMutationProcedure<Procedure<ForAReason & Found, Details>>
      erase: TRPCMutationProcedure<Procedure<ForAReason, Details>>
      reveal: TRPCMutationProcedure<Procedure<ForAReason, Secrets>>
      stuckSentences: TRPCQueryProcedure<Procedure<void, StuckSentence[]>>
      resolveSentence: TRPCMutationProcedure<Procedure<ResolveSentenceInput, ResolvedSentence>>
    }
    events: {
      list: TRPCQueryProcedure<Procedure<EventListInput, { items: EventSummary[]; nextCursor: string | null }>>
      endpoints: TRPCQueryProcedure<Procedure<void, EndpointState[]>>
      redrive: TRPCMutationProcedure<Procedure<RedriveInput, Redriven>>
    }
    stats: TRPCQueryProcedure<Procedure<StatsInput, Stats>>
  }
>
