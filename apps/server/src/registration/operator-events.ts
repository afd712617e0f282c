import type { DeadEvents, EndpointState, EventListInput, EventSummary, Redriven } from '@registration/shared/operator'
import type { Act } from './operator-store.ts'

/** What operators see of the events for other apps, and do to them. */
export interface OperatorEvents {
  list(wanted: EventListInput): Promise<{ items: EventSummary[]; nextCursor: string | null }>
  /** Every app that is listed, or that there are events for. */
  endpoints(): Promise<EndpointState[]>
  /**
   * Sends an event off anew, with the id that it has, whatever became of it: what is dead or delivered now, what waits as
   * soon as no attempt can be under way. Is written down with its registration.
   *
   * @throws OperationRefused where there is none, or nobody to send it to
   */
  redrive(event: { id: string; endpoint: string }, act: Omit<Act, 'id'>): Promise<Redriven>
  /**
   * Sends some of the dead ones off anew, newest first. Those whose registration somebody is at work on stay dead.
   *
   * @param cursor where the call before came to
   * @throws OperationRefused where there is nobody to send them to
   */
  redriveDead(dead: DeadEvents, act: Omit<Act, 'id'>, cursor?: string): Promise<Redriven>
}
