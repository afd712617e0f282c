import { complain } from './complain.ts'
import type { RegistrationSettings, Token } from './configure.ts'
import { RegistrationError, setUpError } from './registration-error.ts'
import { described } from './traffic-params.ts'

/** The proof of the confirmed e-mail, as far as it is there. */
export interface Proof {
  token: string | undefined
  /** Present while the proof is still fetched; never rejects for what the page throws. */
  pending?: Promise<void>
  /** What the page threw instead of a proof. The server decides whether it does without. */
  problem?: unknown
}

/** Asks the page for it. Waits for nothing that is there at once. */
export function askForProof({ verificationToken }: RegistrationSettings): Proof {
  const proof: Proof = { token: undefined }
  const failed = (problem: unknown) => {
    proof.problem = problem ?? new Error('No reason given.')
    complain(`verificationToken threw, so no proof is sent: ${problem}`)
  }
  const take = (given: unknown) => {
    if (given && typeof given !== 'string') {
      throw setUpError(`verificationToken must be or return a text, not ${described(given)}.`)
    }
    proof.token = (given as Token)?.trim() || undefined
  }
  let given: unknown = verificationToken
  if (typeof verificationToken === 'function') {
    try {
      given = verificationToken()
    } catch (problem) {
      failed(problem)
      given = undefined
    }
  }
  if (typeof (given as PromiseLike<Token> | undefined)?.then === 'function') {
    proof.pending = Promise.resolve(given as PromiseLike<Token>).then(take, failed)
    // The callers that wait for it get the rejection; there may be none.
    proof.pending.then(undefined, () => {})
  } else {
    take(given)
  }
  return proof
}

/** The server's answer, with what the page threw as the cause where it is the missing proof that was objected to. */
export function withProblem<Answer>(answer: Answer, { problem }: Proof): Answer | RegistrationError {
  return problem && answer instanceof RegistrationError && answer.code.startsWith('VERIFICATION_')
    ? new RegistrationError(answer.code, answer.message, { ...answer, cause: problem })
    : answer
}
