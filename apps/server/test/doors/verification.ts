import { signProof } from '../support/sign-proof.ts'
import { AN_ID, linkTo, postponed, refused, succeeded } from './replies.ts'
import type { Row, Scene } from './row.ts'
import { joinMeanwhile } from './under-way.ts'
import { WORLDS } from './worlds.ts'

const SECRET = WORLDS.verifying.VERIFICATION_SECRET
const REQUIRED = refused(401, 'VERIFICATION_REQUIRED', 'Confirm your e-mail address first.')
const INVALID = refused(
  401,
  'VERIFICATION_INVALID',
  'The confirmation of your e-mail address is wrong or has expired. Please confirm it again.',
)
const NOTHING = { calls: 0, accounts: 0 }
const ONE_ACCOUNT = { calls: 1, accounts: 1 }

const withProof = async ({ client, request }: Scene, proof: Promise<string> | string) =>
  client.orchestrateRegistration({ ...request, verificationToken: await proof })

/** The e-mail's registration under another key, whose holder went away. */
const earlier = async ({ client, request, email }: Scene) =>
  client.orchestrateRegistration({
    ...request,
    idempotencyKey: `${email} earlier`,
    verificationToken: await signProof(SECRET, email),
  })

/** The same, longer ago than its link may be shown. */
async function longAgo(scene: Scene): Promise<void> {
  await earlier(scene)
  await scene.server.database.query(
    `update registrations set settled_at = settled_at - interval '25 hours' where email = $1`,
    [scene.email],
  )
}

/** VERIFICATION=hs256: the proof of a confirmed e-mail. */
export const VERIFICATION: Row[] = (
  [
    {
      it: 'registers who proves that the e-mail is theirs',
      send: (scene) => withProof(scene, signProof(SECRET, scene.email)),
      reply: succeeded(linkTo('/deposit')),
      onFile: [{ status: 'succeeded' }],
      partner: ONE_ACCOUNT,
    },
    {
      it: 'takes a proof of the same e-mail in another spelling',
      send: (scene) => withProof(scene, signProof(SECRET, scene.email.toUpperCase())),
      reply: succeeded(linkTo('/deposit')),
      onFile: [{ status: 'succeeded' }],
      partner: ONE_ACCOUNT,
    },
    { it: 'asks for a proof', reply: REQUIRED, partner: NOTHING },
    {
      it: 'refuses a proof signed by somebody else',
      send: (scene) => withProof(scene, signProof('another secret', scene.email)),
      reply: INVALID,
      partner: NOTHING,
    },
    {
      it: 'refuses an unsigned proof',
      send: (scene) => withProof(scene, unsigned(scene.email)),
      reply: INVALID,
      partner: NOTHING,
    },
    {
      it: 'refuses what is no token at all',
      send: (scene) => withProof(scene, 'yes, really'),
      reply: INVALID,
      partner: NOTHING,
    },
    {
      it: 'refuses a proof that has expired',
      send: (scene) => withProof(scene, signProof(SECRET, scene.email, { secondsAgo: 660 })),
      reply: INVALID,
      partner: NOTHING,
    },
    {
      it: 'refuses the proof of another e-mail',
      send: (scene) => withProof(scene, signProof(SECRET, `not-${scene.email}`)),
      reply: INVALID,
      partner: NOTHING,
    },
    {
      it: 'replays to the holder of the key without a proof',
      before: (scene) => withProof(scene, signProof(SECRET, scene.email)),
      reply: succeeded(linkTo('/deposit'), { replayed: true }),
      onFile: [{ status: 'succeeded' }],
      partner: ONE_ACCOUNT,
    },
    {
      it: 'replays the e-mail’s registration under any key to who proves that the e-mail is theirs',
      before: earlier,
      send: (scene) => withProof(scene, signProof(SECRET, scene.email)),
      reply: succeeded(linkTo('/deposit'), { replayed: true }),
      onFile: [{ status: 'succeeded', attempts: 1 }],
      partner: ONE_ACCOUNT,
    },
    {
      it: 'asks the partner, who alone knows, for who proves their e-mail under another key once REPLAY_FOR is over',
      before: longAgo,
      send: (scene) => withProof(scene, signProof(SECRET, scene.email)),
      reply: refused(400, 'ALREADY_REGISTERED', 'This e-mail is already registered', { registrationId: AN_ID }),
      onFile: [{ status: 'succeeded' }, { status: 'rejected', rejection_code: 'ALREADY_REGISTERED' }],
      partner: { calls: 2, accounts: 1 },
    },
    {
      it: 'goes on replaying its own registration to the key of one whose REPLAY_FOR is over',
      async before(scene) {
        await longAgo(scene)
        await withProof(scene, signProof(SECRET, scene.email))
      },
      send: ({ client, request, email }) =>
        client.orchestrateRegistration({ ...request, idempotencyKey: `${email} earlier` }),
      reply: succeeded(null, { replayed: true }),
      onFile: [{ status: 'succeeded' }, { status: 'rejected' }],
      partner: { calls: 2, accounts: 1 },
    },
    {
      it: 'joins the e-mail’s registration under any key where it is under way',
      send: (scene) =>
        joinMeanwhile(
          scene,
          () => earlier(scene),
          () => withProof(scene, signProof(SECRET, scene.email)),
        ),
      reply: succeeded(linkTo('/deposit')),
      onFile: [{ status: 'succeeded', attempts: 1 }],
      partner: ONE_ACCOUNT,
    },
    {
      it: 'gives nobody’s link to who merely knows the e-mail',
      before: earlier,
      reply: REQUIRED,
      onFile: [{ status: 'succeeded' }],
      partner: ONE_ACCOUNT,
    },
    {
      it: 'gives nobody’s link to the proof of another e-mail',
      before: earlier,
      send: (scene) => withProof(scene, signProof(SECRET, `not-${scene.email}`)),
      reply: INVALID,
      onFile: [{ status: 'succeeded' }],
      partner: ONE_ACCOUNT,
    },
  ] satisfies Row[]
).map((row) => ({ ...row, world: 'verifying' }))

/** VERIFICATION=jwks while the list of keys is out of reach. */
export const KEYS_AWAY: Row[] = [
  {
    it: 'says that no proof can be checked while the keys are out of reach, and to try again',
    world: 'keysAway',
    send: (scene) => withProof(scene, signProof(SECRET, scene.email)),
    reply: postponed(
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
