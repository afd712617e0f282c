/** The cap on calls to the partner that are under way at once. */
export interface PartnerSlots {
  /**
   * Runs a task that claims and makes one call, once there is room for it.
   *
   * @throws NoSlot when there is none within `withinMs`; the task was not begun then, nor will it be.
   */
  run<T>(task: () => Promise<T>, withinMs: number): Promise<T>
}

export class NoSlot extends Error {
  override readonly name = 'NoSlot'
}
