import { orchestrateRegistration, type ProgressListener, trafficParamsFromUrl } from '@registration/sdk'
import { visitorId } from './visitor-id.ts'

/*
 * All that a landing page needs, once the visitor has confirmed the e-mail's code. Copy from here: one call registers
 * the visitor, saves the user and answers with the link to go to. Every failure is a RegistrationError: branch on its
 * `code`, show its `message`. Calling it again is safe: no visitor is registered twice.
 */
export function register(
  endpoint: string,
  visitor: { email: string; name: string; verificationToken: string },
  onStatus: ProgressListener,
) {
  const { email, name, verificationToken } = visitor
  return orchestrateRegistration(email, name, trafficParamsFromUrl(), visitorId(), {
    endpoint,
    verificationToken,
    onStatus,
  })
}
