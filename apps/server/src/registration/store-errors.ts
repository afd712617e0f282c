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

/** A result can't be written to its row now, while others can: the row is locked, a constraint or the host refuses it. */
export class NotThisRowNow extends Error {
  override readonly name = 'NotThisRowNow'
  /** Whether that is mostly over in some milliseconds, as a lock is. */
  readonly isBrief: boolean

  constructor(message: string, { isBrief = false, cause }: { isBrief?: boolean; cause?: unknown } = {}) {
    super(message, { cause })
    this.isBrief = isBrief
  }
}

/** A result can never be written: the database can't take what is in it. */
export class NeverThisRow extends Error {
  override readonly name = 'NeverThisRow'
}
