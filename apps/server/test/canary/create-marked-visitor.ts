import { randomBytes } from 'node:crypto'
import type { RegistrationRequest } from '@registration/shared'
import { signProof } from '../support/sign-proof.ts'

/** The prefix of every value of a visitor and of secret settings. */
export const MARK = 'canary'

export const marked = (what: string) => `${MARK}${what}${randomBytes(4).toString('hex')}`

/** A visitor whose values all have the mark, with a proof of the e-mail. */
export async function createMarkedVisitor(secret: string, what = 'visitor'): Promise<RegistrationRequest> {
  const email = `${marked(what)}@example.com`
  return {
    email,
    name: marked('name'),
    visitorId: marked('visitorid'),
    idempotencyKey: marked('key'),
    siteUrl: `https://www.example.com/?who=${marked('site')}`,
    trafficParams: { click_id: marked('click'), tag: marked('tag') },
    browserData: { [marked('browserfield')]: marked('browservalue') },
    verificationToken: await signProof(secret, email),
  }
}
