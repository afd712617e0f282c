/** A result can't be written to its row now, while others can: the row is locked, a constraint or the host refuses it. */
export class NotThisRowNow extends Error {
  override readonly name = 'NotThisRowNow'
}

/** A result can never be written: the database can't take what is in it. */
export class NeverThisRow extends Error {
  override readonly name = 'NeverThisRow'
}
