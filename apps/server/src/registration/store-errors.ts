/** The database can't be reached or doesn't answer in time. */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable'
  /** Whether a write may still have been committed, because its answer was lost. */
  readonly mayHaveCommitted: boolean

  constructor(
    message: string,
    { mayHaveCommitted = false, cause }: { mayHaveCommitted?: boolean; cause?: unknown } = {},
  ) {
    super(message, { cause })
    this.mayHaveCommitted = mayHaveCommitted
  }
}

/** There is no registration with this id: it was deleted when it reached its age, or never was. */
export class RegistrationGone extends Error {
  override readonly name = 'RegistrationGone'
}

/** A result can't be written now, while others can: its row is locked, or a constraint or the host's hook rejects it. */
export class RowTemporarilyUnwritable extends Error {
  override readonly name = 'RowTemporarilyUnwritable'
  /** Whether it usually ends within milliseconds, like a lock. */
  readonly isBrief: boolean

  constructor(message: string, { isBrief = false, cause }: { isBrief?: boolean; cause?: unknown } = {}) {
    super(message, { cause })
    this.isBrief = isBrief
  }
}

/** A result can never be written: the database can't take what is in it. */
export class ResultUnwritable extends Error {
  override readonly name = 'ResultUnwritable'
}
