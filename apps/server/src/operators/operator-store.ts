import type {
  DeadEvents,
  Details,
  EndpointState,
  EventListInput,
  EventSummary,
  Found,
  ListInput,
  OperatorAction,
  Redriven,
  ResolvedSentence,
  ResolveSentenceInput,
  Secrets,
  Stats,
  StatsInput,
  StuckSentence,
  Summary,
} from '@registration/shared/operator'

/** An operator's act on one registration or on events, for the log. */
export type OperatorActReport = {
  action: OperatorAction
  operator: string
  requestId: string
  /** False if the act was refused. */
  done: boolean
} & ({ registrationId: string } | RedrivenEvents | ResolvedRegistrations)

/** One event, or the dead events that matched the filters. */
export type RedrivenEvents = { eventId: string; endpoint: string } | { dead: DeadEvents; redriven?: number }

/** The registrations that were stuck with one sentence. The sentence is not logged, since it may contain personal data. */
export type ResolvedRegistrations = { outcome: ResolveSentenceInput['outcome']; resolved?: number }

/** Called for every act. Must not throw. */
export type OnOperatorAct = (act: OperatorActReport) => void

/** An operator's request can't be done. The message is shown to the operator. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError'
  readonly kind: 'not-found' | 'conflict' | 'invalid'

  /**
   * @param kind `not-found`: the registration doesn't exist; `conflict`: its state doesn't allow the act; `invalid`: the input
   *   can't be used
   * @param message a sentence that says why and what to do
   */
  constructor(kind: OperatorError['kind'], message: string) {
    super(message)
    this.kind = kind
  }
}

/** The operators' access to events. */
export interface OperatorEvents {
  list(wanted: EventListInput): Promise<{ items: EventSummary[]; nextCursor: string | null }>
  /** All endpoints that are configured or have events. */
  endpoints(): Promise<EndpointState[]>
  /**
   * Sends an event again under the same id, in any state: a dead or delivered one now, a waiting one when no attempt can be in
   * progress. Recorded in the registration's history.
   *
   * @throws OperatorError if the event doesn't exist or its endpoint isn't configured
   */
  redrive(event: { id: string; endpoint: string }, act: Omit<Act, 'id'>): Promise<Redriven>
  /**
   * Sends a batch of the dead events again, newest first. Events whose registration is locked stay dead.
   *
   * @param cursor the `nextCursor` of the previous call
   * @throws OperatorError if no endpoint is configured for them
   */
  redriveDead(dead: DeadEvents, act: Omit<Act, 'id'>, cursor?: string): Promise<Redriven>
}

/** An operator's act on a registration, stored in its history. */
export interface Act {
  id: string
  /** The name of the operator's key. */
  by: string
  reason: string
}

/** The operators' access to registrations. Each act is recorded by the statement that does it. */
export interface OperatorStore {
  list(wanted: ListInput): Promise<{ items: Summary[]; nextCursor: string | null }>
  /** @throws OperatorError if it doesn't exist */
  get(id: string): Promise<Details>
  /**
   * Makes an unfinished registration due now, and a stuck one `uncertain`. Recovery then advances it, after the current lease
   * if there is one.
   *
   * @throws OperatorError if there is nothing to retry
   */
  retry(act: Act): Promise<Details>
  /**
   * Records what an operator found out from the partner.
   *
   * @throws OperatorError while a call may be in progress, or if the registration is finished
   */
  resolve(act: Act, found: Found): Promise<Details>
  /** Lists the partner's sentences of stuck registrations, the most frequent first. */
  stuckSentences(): Promise<StuckSentence[]>
  /**
   * Resolves a batch of the registrations that are stuck with a sentence, oldest first. Those that are locked, or whose call may be in
   * progress, stay stuck.
   */
  resolveSentence(wanted: Omit<ResolveSentenceInput, 'reason'>, act: Omit<Act, 'id'>): Promise<ResolvedSentence>
  /** Erases the personal data of all registrations of the e-mail. */
  erase(act: Act): Promise<Details>
  /** Returns the decrypted secrets of the visitor's account. */
  reveal(act: Act): Promise<Secrets>
  stats(range: StatsInput): Promise<Stats>
  events: OperatorEvents
}
