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

/** One line of the list. Instants are ISO 8601. */
export interface Summary {
  id: string
  status: Status
  email: string
  tag: string | null
  clickId: string | null
  /** The partner's refusal. */
  code: string | null
  stuckReason: string | null
  /** Calls to the partner that were claimed so far. */
  attempts: number
  createdAt: string
}

/** How a call to the partner ended: with an account, a refusal, certainly unread, or nobody knows. */
export type CallOutcome = 'accepted' | 'rejected' | 'not-processed' | 'unknown'

/** `drop`: a result that could not be written was given up. */
export type OperatorAction = 'retry' | 'resolve' | 'erase' | 'reveal' | 'redrive' | 'drop'

/**
 * Why the partner was called: for a visitor; again, since the call before certainly came to nothing; or because the end of an
 * earlier call is unknown: while a visitor waits for it, by recovery, or since an operator wants it.
 */
export type CallReason = 'registration' | 'repeat' | 'probe' | 'recovery' | 'operator'

/** What happened to a registration, and when. */
export type HistoryEntry = { at: string } & (
  | { kind: 'begun' }
  | {
      kind: 'call'
      attempt: number
      why: CallReason
      /** Null while the call is under way, or where its end was never written. */
      outcome: CallOutcome | null
      durationMs: number | null
      /** Whether the partner was only asked if there is an account. */
      lookedUp: boolean
      /** The process that made it, such as `registration-0:7`; null where a version before did. */
      replica: string | null
    }
  /** `replica` is the process that decided so without a call; null of what a call or an operator brought. */
  | { kind: 'status'; status: Status; replica: string | null }
  /** `endpoints` of a redrive: the apps that are told again. */
  | { kind: 'action'; action: OperatorAction; by: string; reason: string; endpoints?: string[] }
)

/** What describes the visitor, as it was saved. The browser's data are shown as `userAgent` alone. */
export type ShownDescription = {
  [Field in Exclude<keyof VisitorDescription, 'browserData'>]-?: NonNullable<VisitorDescription[Field]> | null
}

/** One registration, without what opens the visitor's account. */
export interface Details extends Summary, ShownDescription {
  visitorId: string
  clientIp: string | null
  source: string
  trafficParams: Record<string, string>
  userAgent: string | null
  partnerDomain: string | null
  partnerLogin: string | null
  partnerMessage: string | null
  /** Whether there is something to reveal. */
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

/** Each one narrows the list. */
export interface ListInput {
  status?: Status[] | undefined
  code?: string | undefined
  email?: string | undefined
  tag?: string | undefined
  clickId?: string | undefined
  from?: string | undefined
  to?: string | undefined
  /** `nextCursor` of the page before. */
  cursor?: string | undefined
  limit?: number | undefined
}

/** How long the calls took that the partner answered, in milliseconds: 50, 90, 95 and 99 of 100 no longer than that. */
export interface Percentiles {
  p50: number
  p90: number
  p95: number
  p99: number
}

/** The range, up to now where `to` is missing. */
export interface StatsInput {
  from: string
  to?: string | undefined
}

export interface Stats {
  /** The width of each place in `overTime`. */
  bucketMs: number
  /**
   * The share of the range that was looked at, 0 to 1. Below 1 there are too many to count one by one, and the numbers are
   * what that share makes likely.
   */
  counted: number
  byStatus: Record<Status, number>
  /** Empty where nobody came; else every place of the range. */
  overTime: { at: string; byStatus: Record<Status, number>; latency: Percentiles | null }[]
  latency: Percentiles | null
  /** The most frequent first. */
  refusals: { code: string; count: number }[]
  /** The ten most frequent; those with an account count as succeeded. */
  tags: { tag: string | null; count: number; succeeded: number }[]
  /** Now, whenever it was begun: of what is stuck and of what isn't, at most 10,000 are counted. */
  unfinished: { count: number; stuck: number; oldest: { id: string; createdAt: string } | null }
}

export type EventState = 'waiting' | 'delivered' | 'dead'

export type EventType =
  | 'registration.succeeded'
  | 'registration.rejected'
  | 'registration.stuck'
  | 'registration.link_recovered'

/** What one app is told of one registration. Instants are ISO 8601. */
export interface EventSummary {
  /** The same for every app, and however often it is sent. */
  id: string
  /** The app's name. */
  endpoint: string
  registrationId: string
  type: EventType
  /** The refusal, the reason for being stuck, or `LINK_UNAVAILABLE`. */
  code: string | null
  state: EventState
  /** How often it was sent. */
  attempts: number
  /** When it happened. */
  occurredAt: string
  /** Null unless it waits. */
  nextAttemptAt: string | null
  /** When it was delivered or given up. */
  finishedAt: string | null
  /** The receiver's answer to the last attempt that ended: HTTP's status. */
  lastStatus: number | null
  /** A word for what came instead of an answer. */
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

/** Each one narrows the list. */
export interface EventListInput {
  state?: EventState[] | undefined
  type?: EventType[] | undefined
  endpoint?: string | undefined
  registrationId?: string | undefined
  /** `nextCursor` of the page before. */
  cursor?: string | undefined
  limit?: number | undefined
}

/** How one app is doing. */
export interface EndpointState {
  endpoint: string
  /** Whether WEBHOOK_ENDPOINTS lists it; one that is not is sent nothing. */
  isListed: boolean
  /** Events that wait, up to 10,000. */
  waiting: number
  /** Events that were given up, up to 10,000. */
  dead: number
  /** The age of the oldest event that waits; 0 where none does. */
  oldestSeconds: number
}

/** Which of the dead events; all, where nothing is said. */
export interface DeadEvents {
  type?: EventType[] | undefined
  endpoint?: string | undefined
  registrationId?: string | undefined
}

/** One event for one app, or the next few of the dead ones; `cursor` is `nextCursor` of the answer before. */
export type RedriveInput = { reason: string } & (
  | { id: string; endpoint: string }
  | { dead: DeadEvents; cursor?: string | undefined }
)

export interface Redriven {
  redriven: number
  /** Of the dead ones: where to go on; null when all were gone through. */
  nextCursor: string | null
}

/** What an operator found at the partner. */
export type Found =
  | { outcome: 'account_with_link'; depositUrl: string }
  | { outcome: 'account_without_link' }
  | { outcome: 'absent' }

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
 * What operators may ask and do, at `/operator/trpc`, with `Authorization: Bearer` and one of OPERATOR_API_KEYS. The server
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
    }
    events: {
      list: TRPCQueryProcedure<Procedure<EventListInput, { items: EventSummary[]; nextCursor: string | null }>>
      endpoints: TRPCQueryProcedure<Procedure<void, EndpointState[]>>
      redrive: TRPCMutationProcedure<Procedure<RedriveInput, Redriven>>
    }
    stats: TRPCQueryProcedure<Procedure<StatsInput, Stats>>
  }
>
