import type { Details, Found, ListInput, Secrets, Stats, StatsInput, Summary } from '@registration/shared/operator'
import type { OperatorEvents } from './operator-events.ts'

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
  /** @throws OperationRefused when there is none */
  get(id: string): Promise<Details>
  /**
   * Makes an unfinished registration due now, or one that is stuck uncertain again; recovery acts on it then, by the
   * loop that a request uses. A lease that is running is waited for.
   *
   * @throws OperationRefused where there is nothing to try
   */
  retry(act: Act): Promise<Details>
  /**
   * Writes down what an operator found at the partner.
   *
   * @throws OperationRefused while a call may be under way, or where the registration is finished
   */
  resolve(act: Act, found: Found): Promise<Details>
  /** Removes the person from all registrations of the e-mail. */
  erase(act: Act): Promise<Details>
  /** What opens the visitor's account. */
  reveal(act: Act): Promise<Secrets>
  stats(range: StatsInput): Promise<Stats>
  events: OperatorEvents
}
