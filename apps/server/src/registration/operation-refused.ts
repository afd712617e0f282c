/** What an operator asked for can't be done, for a reason that the operator reads. */
export class OperationRefused extends Error {
  override readonly name = 'OperationRefused'
  readonly kind: 'not-found' | 'conflict' | 'invalid'

  /**
   * @param kind `not-found`: there is no such registration; `conflict`: it is not in a state for that; `invalid`: what was
   *   given can't be used
   * @param message a sentence that says why and what to do
   */
  constructor(kind: OperationRefused['kind'], message: string) {
    super(message)
    this.kind = kind
  }
}
