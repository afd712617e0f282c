import { askServer, type Sending } from './ask-server.ts'
import { type RegistrationSettings, settingsFor } from './configure.ts'
import { withoutPrototype } from './plain-json.ts'
import { askForProof, withProblem } from './proof.ts'
import { readArguments } from './read-arguments.ts'
import type { Registration } from './registration.ts'
import { RegistrationError } from './registration-error.ts'
import { registrationInput } from './registration-input.ts'
import { keySlot, openKey, otherKey } from './registration-key.ts'
import { settleRegistration } from './settle-registration.ts'
import { type Following, shareFlight } from './share-flight.ts'
import type { Loose, TrafficParamsInput } from './traffic-params.ts'
import { withOwnErrors } from './with-own-errors.ts'

/** Read by nobody. */
const NOT_SENT = new RegistrationError('NETWORK', '')

/** What one call may say for itself: everything `configure()` takes, and how to follow the registration. */
export interface RegistrationOptions extends RegistrationSettings, Following {}

/**
 * Registers the visitor who has just confirmed an e-mail, and answers with the link to send them to. The key is stored and
 * the request is sent in the same turn of the event loop (unless a proof has to be waited for), so that the page may leave at once.
 *
 * Calling again for the same e-mail is always safe: a registration under way in this page is joined, one that was
 * begun in another tab or before a reload is found by its key, and a finished one gives the same link for 24 hours.
 *
 * The arguments are told apart by what they are: the name may be left out, or stand behind the parameters.
 *
 * @param email the confirmed address
 * @param name the visitor's name; may be blank
 * @param trafficParams where the visitor came from, as `trafficParamsFromUrl()` reads it: an object, a query string,
 *   `URLSearchParams`, `FormData` or pairs; may be blank, as each of them
 * @param visitorId the page's own id for this visitor; where it is blank the configured one, or one made up
 * @throws RegistrationError when there is no link to go to
 */
export function orchestrateRegistration(
  email: string,
  name?: Loose,
  trafficParams?: TrafficParamsInput,
  visitorId?: Loose,
  options?: RegistrationOptions,
): Promise<Registration>
export function orchestrateRegistration(
  email: string,
  trafficParams: Exclude<TrafficParamsInput, string>,
  visitorId?: Loose,
  options?: RegistrationOptions,
): Promise<Registration>
export function orchestrateRegistration(...given: unknown[]): Promise<Registration> {
  return withOwnErrors(async () => {
    const { options, ...visitor } = readArguments(given)
    const settings = settingsFor(options)
    const input = registrationInput(visitor, settings)
    const slot = keySlot(settings.endpoint, input.email)
    return shareFlight(slot, settings, (report) => {
      let idempotencyKey = openKey(slot)
      const proof = askForProof(settings)

      async function ask(sending: Sending) {
        // Two tabs that called in the same moment made a key each, and the other one's came first.
        if (sending.lastCode === 'IN_PROGRESS') idempotencyKey = otherKey(slot, idempotencyKey)
        if (proof.pending) await proof.pending
        // The proof came too late: the visitor has been told that nothing came of it.
        if (sending.isOver?.()) return NOT_SENT
        const request = { ...input, ...(proof.token && { verificationToken: proof.token }), idempotencyKey }
        const question = { path: 'orchestrateRegistration', input: withoutPrototype(request) } as const
        return withProblem(await askServer(question, settings, sending), proof)
      }

      return settleRegistration(slot, ask, settings, report)
    })
  })
}
