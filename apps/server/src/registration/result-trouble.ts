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
