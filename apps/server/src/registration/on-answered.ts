/**
 * Is told of every call that was answered. Must not throw.
 *
 * @param call the procedure's name
 * @param code `SUCCEEDED`, or the code of the answer
 */
export type OnAnswered = (call: string, code: string, durationMs: number) => void
