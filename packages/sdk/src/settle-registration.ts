import type { Sending } from './ask-server.ts'
import { complain } from './complain.ts'
import type { CheckedSettings } from './configure.ts'
import type { Registration } from './registration.ts'
import { RegistrationError } from './registration-error.ts'
import { dropKey, settleKey } from './registration-key.ts'
import type { ProgressListener } from './registration-progress.ts'
import { sentenceFor } from './sentences.ts'
import { untilSettled } from './until-settled.ts'

const DEADLINE_MS = 90_000

/** Under the same key these would only be replayed; the next call is a new registration. */
const REJECTIONS = ['ALREADY_REGISTERED', 'MULTIPLE_ACCOUNTS', 'PARTNER_REJECTED', 'IDEMPOTENCY_KEY_REUSED']

/** Asks until the outcome is known, and stores it beside the key. A registration that may still be resumed stays open. */
export async function settleRegistration(
  slot: string,
  ask: (sending: Sending) => Promise<Registration | RegistrationError>,
  settings: CheckedSettings,
  report: ProgressListener,
): Promise<Registration> {
  const late = () => new RegistrationError('NETWORK', sentenceFor('NETWORK', settings), { retryable: true })
  try {
    const registration = await untilSettled(ask, settings.deadlineMs ?? DEADLINE_MS, report, late)
    settleKey(slot)
    return registration
  } catch (error) {
    if (error instanceof RegistrationError) {
      if (REJECTIONS.includes(error.code)) dropKey(slot)
      else if (!error.retryable) settleKey(slot)
      if (error.code === 'ORIGIN_NOT_ALLOWED') {
        complain(
          `${settings.endpoint} doesn't allow this page: add ${globalThis.location?.origin} to the server's ALLOWED_ORIGINS.`,
        )
      }
    }
    throw error
  }
}
