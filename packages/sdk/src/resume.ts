import { settingsFor } from './configure.ts'
import type { RegistrationOptions } from './orchestrate-registration.ts'
import type { Registration } from './registration.ts'
import { RegistrationError } from './registration-error.ts'
import { unfinishedKey } from './registration-key.ts'
import { settleRegistration } from './settle-registration.ts'
import { isInFlight, shareFlight } from './share-flight.ts'

/**
 * Asks for the outcome of a registration that this browser began and never heard the end of: after a reload, the back
 * button, a crash or a closed tab. Never starts one.
 *
 * @returns the registration, or `null` where there is nothing to resume: show the form
 * @throws RegistrationError as `orchestrateRegistration` does, for instance with the partner's refusal
 */
export async function resume(options?: RegistrationOptions): Promise<Registration | null> {
  const settings = settingsFor(options)
  const found = unfinishedKey(settings.endpoint)
  if (!found) return null
  const { slot, key } = found
  try {
    // One that is under way in this page is joined; a call for the same e-mail must never join a mere question.
    return await shareFlight(isInFlight(slot) ? slot : `${slot}?`, settings, (report) =>
      settleRegistration(slot, { path: 'registrationStatus', input: { idempotencyKey: key } }, settings, report),
    )
  } catch (error) {
    // The server has never heard of this key: the request was lost before it arrived.
    if (error instanceof RegistrationError && error.code === 'INVALID_INPUT') return null
    throw error
  }
}
