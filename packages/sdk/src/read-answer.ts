import type { RegistrationResponse } from '@registration/shared'
import { checkedLink } from './checked-link.ts'
import type { RegistrationSettings } from './configure.ts'
import type { Registration } from './registration.ts'
import { RegistrationError } from './registration-error.ts'
import { sentenceFor } from './sentences.ts'

/** What the server's answer means for the page: a link to go to, or why there is none. `undefined` where it isn't the server's. */
export function readAnswer(
  answer: RegistrationResponse | null | undefined,
  settings: RegistrationSettings,
): Registration | RegistrationError | undefined {
  if (answer?.success === false && answer.code === 'PENDING') {
    return new RegistrationError('PENDING', sentenceFor('PENDING', settings), { ...answer, retryable: true })
  }
  if (answer?.success !== true || !answer.registrationId || !answer.userData) return undefined
  const { registrationId, userData, replayed } = answer
  const depositUrl = checkedLink(answer.depositUrl, settings.redirectHosts)
  return depositUrl
    ? { depositUrl, registrationId, userData, replayed }
    : new RegistrationError('LINK_UNAVAILABLE', sentenceFor('LINK_UNAVAILABLE', settings), { registrationId, userData })
}
