import { askServer, type Sending } from './ask-server.ts'
import { settingsFor } from './configure.ts'
import type { RegistrationOptions } from './orchestrate-registration.ts'
import { withoutPrototype } from './plain-json.ts'
import type { Registration } from './registration.ts'
import { RegistrationError } from './registration-error.ts'
import { unfinishedKey } from './registration-key.ts'
import { settleRegistration } from './settle-registration.ts'
import { isInFlight, shareFlight } from './share-flight.ts'
import { withOwnErrors } from './with-own-errors.ts'

/** How long after a key was made its first request may still be on the way, outliving the page that sent it. */
const ARRIVES_WITHIN_MS = 5000

/**
 * Asks for the outcome of a registration that this browser began and never heard the end of: after a reload, the back
 * button, a crash or a closed tab. Never starts one.
 *
 * @returns the registration, or `null` where there is nothing to resume: show the form
 * @throws RegistrationError as `orchestrateRegistration` does, for instance with the partner's rejection
 */
export function resume(options?: RegistrationOptions): Promise<Registration | null> {
  return withOwnErrors(async () => {
    const settings = settingsFor(options)
    const found = unfinishedKey(settings.endpoint)
    if (!found) return null
    const { slot, key, createdAt } = found
    const question = { path: 'registrationStatus', input: withoutPrototype({ idempotencyKey: key }) } as const

    async function ask(sending: Sending) {
      const answer = await askServer(question, settings, sending)
      return isUnknownKey(answer) && Date.now() - createdAt < ARRIVES_WITHIN_MS
        ? new RegistrationError('PENDING', answer.message, { retryable: true, retryAfterMs: 1000 })
        : answer
    }

    // One that is under way in this page is joined; a call for the same e-mail must never join a mere question.
    const name = isInFlight(slot) ? slot : `${slot}?`
    try {
      return await shareFlight(name, settings, (report) => settleRegistration(slot, ask, settings, report))
    } catch (error) {
      // The request was lost before it arrived, so nothing has begun.
      if (isUnknownKey(error)) return null
      throw error
    }
  })
}

/** Said by the server, whose errors name a request; a mistake in the page's set-up has the same code. */
function isUnknownKey(outcome: unknown): outcome is RegistrationError {
  return outcome instanceof RegistrationError && outcome.code === 'INVALID_INPUT' && !!outcome.requestId
}
