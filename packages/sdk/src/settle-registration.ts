import type { Sending } from './ask-server.ts'
import type { RegistrationSettings } from './configure.ts'
import type { Registration } from './registration.ts'
import { RegistrationError } from './registration-error.ts'
import { dropKey, settleKey } from './registration-key.ts'
import type { OnStatus } from './registration-status.ts'
import { untilSettled } from './until-settled.ts'

const DEADLINE_MS = 90_000

/** Under the same key these would only be replayed; the next call is a new registration. */
const REFUSALS = ['ALREADY_REGISTERED', 'MULTIPLE_ACCOUNTS', 'PARTNER_REJECTED', 'IDEMPOTENCY_KEY_REUSED']

/** Asks until the outcome is known, and notes it beside the key: what may still be resumed stays open. */
export async function settleRegistration(
  slot: string,
  ask: (sending: Sending) => Promise<Registration | RegistrationError>,
  { deadlineMs }: RegistrationSettings,
  report: OnStatus,
): Promise<Registration> {
  try {
    const registration = await untilSettled(ask, deadlineMs ?? DEADLINE_MS, report)
    settleKey(slot)
    return registration
  } catch (error) {
    if (error instanceof RegistrationError) {
      if (REFUSALS.includes(error.code)) dropKey(slot)
      else if (!error.retryable) settleKey(slot)
    }
    throw error
  }
}
