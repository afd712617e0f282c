import { SignJWT } from 'jose'

/** The page that all visitors come from; the server must allow it. */
export const LANDING_ORIGIN = 'https://landing.example'

/** Who comes in one run. */
export interface Visitors {
  /** Begins every e-mail of the run, and no other one. */
  prefix: string
  /** Signs the proof that the e-mail was confirmed; undefined where none is asked for. */
  proofSecret?: string
}

/** The body that a landing page sends for the run's `n`-th visitor, who is like no other. */
export async function visitorBody({ prefix, proofSecret }: Visitors, n: number): Promise<string> {
  const email = `${prefix}${n}@visitor.example`
  return JSON.stringify({
    email,
    name: `Visitor Number ${n}`,
    visitorId: `visitor-${prefix}${n}`,
    trafficParams: { tag: 'spring-campaign', pb: '7f3a', click_id: `click-${prefix}${n}` },
    idempotencyKey: `key-${prefix}${n}-0123456789abcdef`,
    siteUrl: `${LANDING_ORIGIN}/?tag=spring-campaign&pb=7f3a&click_id=click-${prefix}${n}`,
    browserData: {
      userAgent:
        'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
      language: 'en-GB',
      timeZone: 'Europe/Berlin',
      screen: { width: 1920, height: 1080 },
    },
    ...(proofSecret === undefined ? {} : { verificationToken: await proofOf(email, proofSecret) }),
  })
}

function proofOf(email: string, secret: string): Promise<string> {
  return new SignJWT({ email })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuedAt()
    .setExpirationTime('10 minutes')
    .sign(new TextEncoder().encode(secret))
}
