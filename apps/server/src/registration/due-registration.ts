/** An unfinished registration that somebody has to act on, by the database's clock. */
export interface DueRegistration {
  id: string
  /** Negative when overdue. */
  dueInMs: number
}
