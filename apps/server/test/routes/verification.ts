import { signProof } from '../support/sign-proof.ts'
import { waitDuringCall } from './during-call.ts'
import { ANY_UUID, linkTo, rejectedWith, retryableWith, succeeded } from './expected-responses.ts'
import type { RouteCase, RouteContext } from './route-case.ts'
import { SERVERS } from './servers.ts'

const SECRET = SERVERS.hs256.VERIFICATION_SECRET
const REQUIRED = rejectedWith(401, 'VERIFICATION_REQUIRED', 'Confirm your e-mail address first.')
const INVALID = rejectedWith(
  401,
  'VERIFICATION_INVALID',
  'The confirmation of your e-mail address is wrong or has expired. Please confirm it again.',
)
const NOTHING = { calls: 0, accounts: 0 }
const ONE_ACCOUNT = { calls: 1, accounts: 1 }

const withProof = async ({ client, request }: RouteContext, proof: Promise<string> | string) =>
  client.orchestrateRegistration({ ...request, verificationToken: await proof })

/** Registers the e-mail under another key. */
const registerEarlier = async ({ client, request, email }: RouteContext) =>
  client.orchestrateRegistration({
    ...request,
    idempotencyKey: `${email} earlier`,
    verificationToken: await signProof(SECRET, email),
  })

/** Registers the e-mail under another key, longer than REPLAY_FOR ago. */
async function registerLongAgo(context: RouteContext): Promise<void> {
  await registerEarlier(context)
  await context.server.database.query(
    `update registrations set settled_at = settled_at - interval '25 hours' where email = $1`,
    [context.email],
  )
}

/** VERIFICATION=hs256: the proof of a confirmed e-mail. */
export const VERIFICATION: RouteCase[] = (
  [
    {
      title: 'a valid proof of the e-mail is accepted',
      send: (context) => withProof(context, signProof(SECRET, context.email)),
      expected: succeeded(linkTo('/deposit')),
      rows: [{ status: 'succeeded' }],
      partner: ONE_ACCOUNT,
    },
    {
      title: 'a proof of the same e-mail in another spelling is accepted',
      send: (context) => withProof(context, signProof(SECRET, context.email.toUpperCase())),
      expected: succeeded(linkTo('/deposit')),
      rows: [{ status: 'succeeded' }],
      partner: ONE_ACCOUNT,
    },
    { title: 'a request without a proof gets VERIFICATION_REQUIRED', expected: REQUIRED, partner: NOTHING },
    {
      title: 'a proof signed with another secret is refused',
      send: (context) => withProof(context, signProof('another secret', context.email)),
      expected: INVALID,
      partner: NOTHING,
    },
    {
      title: 'an unsigned proof is refused',
      send: (context) => withProof(context, unsigned(context.email)),
      expected: INVALID,
      partner: NOTHING,
    },
    {
      title: 'a proof that is not a token is refused',
      send: (context) => withProof(context, 'yes, really'),
      expected: INVALID,
      partner: NOTHING,
    },
    {
      title: 'an expired proof is refused',
      send: (context) => withProof(context, signProof(SECRET, context.email, { secondsAgo: 660 })),
      expected: INVALID,
      partner: NOTHING,
    },
    {
      title: 'a proof of another e-mail is refused',
      send: (context) => withProof(context, signProof(SECRET, `not-${context.email}`)),
      expected: INVALID,
      partner: NOTHING,
    },
    {
      title: 'a repeated key is replayed without a proof',
      arrange: (context) => withProof(context, signProof(SECRET, context.email)),
      expected: succeeded(linkTo('/deposit'), { replayed: true }),
      rows: [{ status: 'succeeded' }],
      partner: ONE_ACCOUNT,
    },
    {
      title: 'a valid proof replays the e-mail’s registration under any key',
      arrange: registerEarlier,
      send: (context) => withProof(context, signProof(SECRET, context.email)),
      expected: succeeded(linkTo('/deposit'), { replayed: true }),
      rows: [{ status: 'succeeded', attempts: 1 }],
      partner: ONE_ACCOUNT,
    },
    {
      title: 'a valid proof under another key leads to a new call once REPLAY_FOR is over',
      arrange: registerLongAgo,
      send: (context) => withProof(context, signProof(SECRET, context.email)),
      expected: rejectedWith(400, 'ALREADY_REGISTERED', 'This e-mail is already registered', {
        registrationId: ANY_UUID,
      }),
      rows: [{ status: 'succeeded' }, { status: 'rejected', rejection_code: 'ALREADY_REGISTERED' }],
      partner: { calls: 2, accounts: 1 },
    },
    {
      title: 'after REPLAY_FOR a key still replays its own registration',
      async arrange(context) {
        await registerLongAgo(context)
        await withProof(context, signProof(SECRET, context.email))
      },
      send: ({ client, request, email }) =>
        client.orchestrateRegistration({ ...request, idempotencyKey: `${email} earlier` }),
      expected: succeeded(null, { replayed: true }),
      rows: [{ status: 'succeeded' }, { status: 'rejected' }],
      partner: { calls: 2, accounts: 1 },
    },
    {
      title: 'a valid proof under another key waits for the e-mail’s registration in progress',
      send: (context) =>
        waitDuringCall(
          context,
          () => registerEarlier(context),
          () => withProof(context, signProof(SECRET, context.email)),
        ),
      expected: succeeded(linkTo('/deposit')),
      rows: [{ status: 'succeeded', attempts: 1 }],
      partner: ONE_ACCOUNT,
    },
    {
      title: 'a repeated e-mail without a proof gets no link',
      arrange: registerEarlier,
      expected: REQUIRED,
      rows: [{ status: 'succeeded' }],
      partner: ONE_ACCOUNT,
    },
    {
      title: 'a proof of another e-mail gets no link',
      arrange: registerEarlier,
      send: (context) => withProof(context, signProof(SECRET, `not-${context.email}`)),
      expected: INVALID,
      rows: [{ status: 'succeeded' }],
      partner: ONE_ACCOUNT,
    },
  ] satisfies RouteCase[]
).map((row) => ({ ...row, server: 'hs256' }))

/** VERIFICATION=jwks while the key list is unreachable. */
export const JWKS_DOWN: RouteCase[] = [
  {
    title: 'a proof gets VERIFICATION_UNAVAILABLE while the key list is unreachable',
    server: 'jwksDown',
    send: (context) => withProof(context, signProof(SECRET, context.email)),
    expected: retryableWith(
      503,
      'VERIFICATION_UNAVAILABLE',
      'The confirmation of your e-mail address cannot be checked at the moment. Please try again shortly.',
      5_000,
    ),
    partner: NOTHING,
  },
]

function unsigned(email: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const now = Math.floor(Date.now() / 1_000)
  return `${part({ alg: 'none' })}.${part({ email, iat: now, exp: now + 600 })}.`
}
