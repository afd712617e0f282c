import { askServer } from './ask-server.ts'
import { type RegistrationSettings, settingsFor } from './configure.ts'
import type { Registration } from './registration.ts'
import { type Loose, type LooseTrafficParams, registrationInput } from './registration-input.ts'
import { keySlot, openKey } from './registration-key.ts'
import { settleRegistration } from './settle-registration.ts'
import { type Following, shareFlight } from './share-flight.ts'

/** What one call may say for itself: everything `configure()` takes, and how to follow the registration. */
export interface RegistrationOptions extends RegistrationSettings, Following {}

/**
 * Registers the visitor who has just confirmed an e-mail, and answers with the link to send them to.
 *
 * Calling again for the same e-mail is always safe: a registration under way in this page is joined, one that was
 * begun in another tab or before a reload is found by its key, and a finished one gives the same link for 24 hours.
 *
 * @param email the confirmed address
 * @param name the visitor's name; may be blank
 * @param trafficParams where the visitor came from, as `trafficParamsFromUrl()` reads it; may be blank, as each of them
 * @param visitorId the page's own id for this visitor; where it is blank the configured one, or one made up
 * @throws RegistrationError when there is no link to go to
 */
export async function orchestrateRegistration(
  email: string,
  name?: Loose,
  trafficParams?: LooseTrafficParams | null,
  visitorId?: Loose,
  options?: RegistrationOptions,
): Promise<Registration> {
  const settings = settingsFor(options)
  const input = registrationInput(email, name, trafficParams, visitorId, settings)
  const slot = keySlot(settings.endpoint, input.email)
  return shareFlight(slot, settings, async (report) => {
    const proof = settings.verificationToken
    const verificationToken = (typeof proof === 'function' ? await proof() : proof) || undefined
    const request = { ...input, verificationToken, idempotencyKey: await openKey(slot) }
    const question = { path: 'orchestrateRegistration', input: request } as const
    return settleRegistration(slot, (sending) => askServer(question, settings, sending), settings, report)
  })
}
