/** Exit codes of the commands. */
export const EXIT = {
  done: 0,
  /** The command started and could not finish. The error says what to do. */
  failed: 1,
  /** Invalid arguments or environment; nothing was done. */
  misused: 2,
  /** The user didn't confirm; nothing was done. */
  unconfirmed: 3,
  /** The registration or event doesn't exist, or its state doesn't allow the command; nothing was done. */
  refused: 4,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]
