/** A call that was answered, or refused at the door. */
export interface AnsweredCall {
  door: 'rest' | 'trpc'
  /** The procedure's name, or `other` where there is none. */
  call: 'orchestrateRegistration' | 'registrationStatus' | 'other'
  /** `SUCCEEDED`, or the code of the answer. */
  code: string
  /** From the request's headers to the answer's last byte. */
  durationMs: number
}

/** Is told of every call that was answered. Must not throw. */
export type OnAnswered = (call: AnsweredCall) => void
