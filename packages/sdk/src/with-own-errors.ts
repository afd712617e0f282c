import { complain } from './complain.ts'
import { toRegistrationError } from './registration-error.ts'

/**
 * Does the work at once, and lets it fail only with a `RegistrationError`. A mistake in the page's set-up is written to the
 * console of a developer.
 */
export async function withOwnErrors<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (cause) {
    const error = toRegistrationError(cause)
    // The server's own INVALID_INPUT has a request id. One without was found in the page.
    if (error.code === 'INVALID_INPUT' && !error.requestId) complain(error.message)
    throw error
  }
}
