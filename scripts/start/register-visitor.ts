import { randomUUID } from 'node:crypto'
import { orchestrateRegistration, type Registration } from '@registration/sdk'
import { createVerification } from '../../apps/landing/src/verification.ts'

/** Does what a landing page does for one new visitor: has the e-mail confirmed, then makes the one call. */
export async function registerVisitor(
  serverUrl: string,
  sandboxUrl: string,
  signal: AbortSignal,
): Promise<Registration> {
  const visitorId = randomUUID()
  const email = `visitor-${visitorId.slice(0, 8)}@example.com`
  const verification = createVerification(sandboxUrl)
  const { shownCode = '' } = await verification.sendCode(email)
  const verificationToken = await verification.confirmCode(email, shownCode)

  const trafficParams = { tag: 'demo', pb: 'newsletter', click_id: visitorId.slice(0, 8) }
  return orchestrateRegistration(email, 'Demo Visitor', trafficParams, visitorId, {
    endpoint: serverUrl,
    verificationToken: verificationToken ?? undefined,
    signal,
  })
}
