/** How a command ended, for scripts. */
export const EXIT = {
  done: 0,
  /** It began, and could not finish: the error says what to do. */
  failed: 1,
  /** Wrong arguments, or an environment that can't be used; nothing was done. */
  misused: 2,
  /** Nobody confirmed it; nothing was done. */
  unconfirmed: 3,
  /** There is no such registration or event, or it is not in a state for that; nothing was done. */
  refused: 4,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]
