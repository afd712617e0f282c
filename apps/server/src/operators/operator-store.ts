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
  Secrets,
  Stats,
  StatsInput,
  Summary,
} from '@registration/shared/operator'

/** An operator's act on one registration, or on events. */
export type OperatorActReport = {
  action: OperatorAction
  operator: string
  requestId: string
  /** Or refused. */
  done: boolean
} & ({ registrationId: string } | RedrivenEvents)

/** One event, or the dead ones that were chosen. */
export type RedrivenEvents = { eventId: string; endpoint: string } | { dead: DeadEvents; redriven?: number }

/** Is told of every act. Must not throw. */
export type OnOperatorAct = (act: OperatorActReport) => void

/** What an operator asked for can't be done, for a reason that the operator reads. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError'
  readonly kind: 'not-found' | 'conflict' | 'invalid'

  /**
   * @param kind `not-found`: there is no such registration; `conflict`: it is not in a state for that; `invalid`: what was
   *   given can't be used
   * @param message a sentence that says why and what to do
   */
  constructor(kind: OperatorError['kind'], message: string) {
    super(message)
    this.kind = kind
  }
}

/** What operators see of the events for other apps, and do to them. */
export interface OperatorEvents {
  list(wanted: EventListInput): Promise<{ items: EventSummary[]; nextCursor: string | null }>
  /** Every app that is listed, or that there are events for. */
  endpoints(): Promise<EndpointState[]>
  /**
   * Sends an event off anew, with the id that it has, whatever became of it: what is dead or delivered now, what waits as
   * soon as no attempt can be under way. Is written down with its registration.
   *
   * @throws OperatorError where there is none, or nobody to send it to
   */
  redrive(event: { id: string; endpoint: string }, act: Omit<Act, 'id'>): Promise<Redriven>
  /**
   * Sends some of the dead ones off anew, newest first. Those whose registration somebody is at work on stay dead.
   *
   * @param cursor where the call before came to
   * @throws OperatorError where there is nobody to send them to
   */
  redriveDead(dead: DeadEvents, act: Omit<Act, 'id'>, cursor?: string): Promise<Redriven>
}

/** Who acts on a registration, and why. Kept with it. */
export interface Act {
  id: string
  /** The name of the operator's key. */
  by: string
  reason: string
}

/** What operators see of registrations and do to them. Each act is written down by the statement that does it. */
export interface OperatorStore {
  list(wanted: ListInput): Promise<{ items: Summary[]; nextCursor: string | null }>
  /** @throws OperatorError when there is none */
  get(id: string): Promise<Details>
  /**
   * Makes an unfinished registration due now, or one that is stuck uncertain again; recovery acts on it then, by the
   * loop that a request uses. A lease that is running is waited for.
   *
   * @throws OperatorError where there is nothing to try
   */
  retry(act: Act): Promise<Details>
  /**
   * Writes down what an operator found at the partner.
   *
   * @throws OperatorError while a call may be under way, or where the registration is finished
   */
  resolve(act: Act, found: Found): Promise<Details>
  /** Removes the person from all registrations of the e-mail. */
  erase(act: Act): Promise<Details>
  /** What opens the visitor's account. */
  reveal(act: Act): Promise<Secrets>
  stats(range: StatsInput): Promise<Stats>
  events: OperatorEvents
}
