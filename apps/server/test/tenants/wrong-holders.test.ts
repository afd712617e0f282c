import type { RegistrationRequest } from '@registration/shared'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signProof } from '../support/sign-proof.ts'
import { startServer, type TestServer } from '../support/start-server.ts'
import type { HeadersOf, TestResponse, TransportClient } from '../support/transport-client.ts'

const SECRET = 'the secret of the code verification'
const PAGE = { origin: 'https://www.example.com' }
const APP = { authorization: 'Bearer 0123456789abcdef' }

/** What a stored answer was about, by the way the partner gave it. */
const ANSWERS = {
  'an account with its link': undefined,
  'a link that logs somebody in': 'only-autologin',
  'an account without a link': 'no-link',
  'a refusal': 'rejected',
} as const

/** Each has everything of its own, and nothing of another's but what it says. */
interface Attempt {
  request: RegistrationRequest
  headers: HeadersOf
}
type Thief = (victim: RegistrationRequest, own: RegistrationRequest) => Promise<Attempt> | Attempt

const proofOf = (email: string, secret = SECRET) => signProof(secret, email)

/** Everybody who might ask for a stored answer, and has no right to it. */
const THIEVES: Record<string, Thief> = {
  'who knows the e-mail, with no proof': ({ email }, own) => {
    const { verificationToken: _, ...rest } = own
    return { request: { ...rest, email }, headers: PAGE }
  },
  'who knows the e-mail, with the proof of their own': ({ email }, own) => ({
    request: { ...own, email },
    headers: PAGE,
  }),
  'who knows the e-mail, with a proof that they signed': async ({ email }, own) => ({
    request: { ...own, email, verificationToken: await proofOf(email, 'a secret of their own') },
    headers: PAGE,
  }),
  'who knows the e-mail, with a proof from an hour ago': async ({ email }, own) => ({
    request: { ...own, email, verificationToken: await signProof(SECRET, email, { secondsAgo: 3_600 }) },
    headers: PAGE,
  }),
  'who has the key, for an e-mail of their own': ({ idempotencyKey }, own) => ({
    request: { ...own, ...(idempotencyKey ? { idempotencyKey } : {}) },
    headers: PAGE,
  }),
  'who has a key that is nearly the key': ({ email, idempotencyKey }, { verificationToken: _, ...own }) => ({
    request: { ...own, email, idempotencyKey: `${idempotencyKey}x` },
    headers: PAGE,
  }),
  'a page of a foreign origin with everything right': (victim) => ({
    request: victim,
    headers: { origin: 'https://evil.example' },
  }),
  'a page without an origin with everything right': (victim) => ({ request: victim, headers: { origin: 'null' } }),
  'a browser that hides its page with everything right': (victim) => ({
    request: victim,
    headers: { 'sec-fetch-site': 'cross-site' },
  }),
  'an app with an unknown key and everything right': (victim) => ({
    request: victim,
    headers: { authorization: 'Bearer 0123456789abcdeg' },
  }),
  'an app with a right key, in another’s name': ({ email }, { verificationToken: _, ...own }) => ({
    request: { ...own, email },
    headers: APP,
  }),
}

let server: TestServer
beforeAll(async () => {
  server = await startServer({
    env: {
      VERIFICATION: 'hs256',
      VERIFICATION_SECRET: SECRET,
      ALLOWED_ORIGINS: PAGE.origin,
      INTERNAL_API_KEYS: 'crm:0123456789abcdef',
    },
  })
})
afterAll(() => server[Symbol.asyncDispose]())

describe.each(['rest', 'trpc'] as const)('through the %s door', (door) => {
  let client: TransportClient
  beforeAll(() => {
    client = server[door]
  })

  async function aVisitor(who: string): Promise<RegistrationRequest> {
    const email = `${who}-${crypto.randomUUID()}@example.com`
    return {
      email,
      visitorId: `id-${who}`,
      name: `name of ${who}`,
      idempotencyKey: crypto.randomUUID(),
      verificationToken: await proofOf(email),
    }
  }

  const ROWS = Object.entries(ANSWERS).flatMap(([what, misbehaviour]) =>
    Object.entries(THIEVES).map(([who, thief]) => ({ what, misbehaviour, who, thief })),
  )

  it.each(ROWS)('gives $what to nobody $who', async ({ misbehaviour, thief }) => {
    const victim = await aVisitor('victim')
    if (misbehaviour)
      server.partner.misbehave(victim.email, misbehaviour, { message: 'the victim’s own sentence', times: 1 })
    const stored = await client.orchestrateRegistration(victim, PAGE)
    const { request, headers } = await thief(victim, await aVisitor('thief'))

    const reply = await client.orchestrateRegistration(request, headers)
    expect(secretsIn(reply).filter((secret) => secretsIn(stored).includes(secret))).toEqual([])
    expect(JSON.stringify(reply.answer)).not.toMatch(/name of victim|id-victim|the victim’s own sentence/)
    const { registrationId } = stored.answer
    if (registrationId) expect(JSON.stringify(reply.answer)).not.toContain(registrationId)
  })

  it.each(Object.keys(ANSWERS))(
    'tells the status of %s to nobody without its key or from a foreign page',
    async (what) => {
      const victim = await aVisitor('victim')
      const misbehaviour = ANSWERS[what as keyof typeof ANSWERS]
      if (misbehaviour) server.partner.misbehave(victim.email, misbehaviour, { times: 1 })
      await client.orchestrateRegistration(victim, PAGE)
      const idempotencyKey = victim.idempotencyKey ?? ''
      expect((await client.registrationStatus({ idempotencyKey: idempotencyKey.toUpperCase() }, PAGE)).status).toBe(400)
      expect((await client.registrationStatus({ idempotencyKey: victim.email }, PAGE)).status).toBe(400)
      expect((await client.registrationStatus({ idempotencyKey }, { origin: 'https://evil.example' })).status).toBe(403)
      expect((await client.registrationStatus({ idempotencyKey }, { origin: 'null' })).status).toBe(403)
      // And to its holder it does.
      const own = await client.registrationStatus({ idempotencyKey }, PAGE)
      expect(own.answer.registrationId).toMatch(/^[0-9a-f-]{36}$/)
    },
  )
})

/** What logs somebody in, or says who they are, out of an answer. */
function secretsIn({ answer }: TestResponse): string[] {
  if (!('userData' in answer)) return []
  const { password, login, autologin, deposit, main } = answer.userData
  const values = [answer.depositUrl, password, login, autologin, deposit, main]
  return values.flatMap((value) => (value ? [String(value)] : []))
}
