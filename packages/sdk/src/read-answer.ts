import type { RegistrationResponse } from '@registration/shared'
import { checkedLink } from './checked-link.ts'
import type { Registration } from './registration.ts'
import { RegistrationError } from './registration-error.ts'

/** What the server's answer means for the page: a link to go to, or why there is none. */
export function readAnswer(answer: RegistrationResponse, hosts?: readonly string[]): Registration | RegistrationError {
  if (!answer.success) return new RegistrationError('PENDING', STILL_RUNNING, { ...answer, retryable: true })
  const { registrationId, userData, replayed } = answer
  const depositUrl = checkedLink(answer.depositUrl, hosts)
  return depositUrl
    ? { depositUrl, registrationId, userData, replayed }
    : new RegistrationError('LINK_UNAVAILABLE', NO_LINK, { registrationId })
}

const STILL_RUNNING = 'The registration is still running. Please try again shortly.'
const NO_LINK = 'You are registered, but the link is missing. Please log in.'
