/** The database can't be reached or doesn't answer in time. */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable'
  /** Whether a write may have been committed all the same, because its answer was lost. */
  readonly mayHaveCommitted: boolean

  constructor(
    message: string,
    { mayHaveCommitted = false, cause }: { mayHaveCommitted?: boolean; cause?: unknown } = {},
  ) {
    super(message, { cause })
    this.mayHaveCommitted = mayHaveCommitted
  }
}
