import type { RegistrationRequest } from '@registration/shared'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signProof } from '../support/sign-proof.ts'
import { startServer, type TestServer } from '../support/start-server.ts'
import type { HeadersOf, TestResponse, TransportClient } from '../support/transport-client.ts'

const SECRET = 'the secret of the code verification'
const PAGE = { origin: 'https://www.example.com' }
const APP = { authorization: 'Bearer 0123456789abcdef' }

/** Kinds of stored results, with the sandbox's misbehaviour that leads to each. */
const ANSWERS = {
  'an account with its link': undefined,
  'an autologin link': 'only-autologin',
  'an account without a link': 'no-link',
  'a rejection': 'rejected',
} as const

/** A request with the attacker's own values, except for those that its name lists. */
interface Attempt {
  request: RegistrationRequest
  headers: HeadersOf
}
type Attacker = (victim: RegistrationRequest, own: RegistrationRequest) => Promise<Attempt> | Attempt

const proofOf = (email: string, secret = SECRET) => signProof(secret, email)

/** Callers who are not entitled to the victim's stored result. */
const ATTACKERS: Record<string, Attacker> = {
  'a visitor with the victim’s e-mail and no proof': ({ email }, own) => {
    const { verificationToken: _, ...rest } = own
    return { request: { ...rest, email }, headers: PAGE }
  },
  'a visitor with the victim’s e-mail and a proof of the own e-mail': ({ email }, own) => ({
    request: { ...own, email },
    headers: PAGE,
  }),
  'a visitor with the victim’s e-mail and a proof signed with another secret': async ({ email }, own) => ({
    request: { ...own, email, verificationToken: await proofOf(email, 'a secret of their own') },
    headers: PAGE,
  }),
  'a visitor with the victim’s e-mail and an expired proof': async ({ email }, own) => ({
    request: { ...own, email, verificationToken: await signProof(SECRET, email, { secondsAgo: 3_600 }) },
    headers: PAGE,
  }),
  'a visitor with the victim’s key and the own e-mail': ({ idempotencyKey }, own) => ({
    request: { ...own, ...(idempotencyKey ? { idempotencyKey } : {}) },
    headers: PAGE,
  }),
  'a visitor with the victim’s e-mail and a similar key': (
    { email, idempotencyKey },
    { verificationToken: _, ...own },
  ) => ({
    request: { ...own, email, idempotencyKey: `${idempotencyKey}x` },
    headers: PAGE,
  }),
  'a page of a foreign origin with the victim’s request': (victim) => ({
    request: victim,
    headers: { origin: 'https://evil.example' },
  }),
  'a page with the origin null and the victim’s request': (victim) => ({
    request: victim,
    headers: { origin: 'null' },
  }),
  'a cross-site page without an origin and the victim’s request': (victim) => ({
    request: victim,
    headers: { 'sec-fetch-site': 'cross-site' },
  }),
  'an app with an unknown key and the victim’s request': (victim) => ({
    request: victim,
    headers: { authorization: 'Bearer 0123456789abcdeg' },
  }),
  'an app with a valid key and the victim’s e-mail': ({ email }, { verificationToken: _, ...own }) => ({
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

describe.each(['rest', 'trpc'] as const)('over %s', (transport) => {
  let client: TransportClient
  beforeAll(() => {
    client = server[transport]
  })

  async function createVisitor(who: string): Promise<RegistrationRequest> {
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
    Object.entries(ATTACKERS).map(([who, attacker]) => ({ what, misbehaviour, who, attacker })),
  )

  it.each(ROWS)('$who does not get $what', async ({ misbehaviour, attacker }) => {
    const victim = await createVisitor('victim')
    if (misbehaviour)
      server.partner.misbehave(victim.email, misbehaviour, { message: 'the victim’s own message', times: 1 })
    const stored = await client.orchestrateRegistration(victim, PAGE)
    const { request, headers } = await attacker(victim, await createVisitor('attacker'))

    const response = await client.orchestrateRegistration(request, headers)
    expect(secretsIn(response).filter((secret) => secretsIn(stored).includes(secret))).toEqual([])
    expect(JSON.stringify(response.answer)).not.toMatch(/name of victim|id-victim|the victim’s own message/)
    const { registrationId } = stored.answer
    if (registrationId) expect(JSON.stringify(response.answer)).not.toContain(registrationId)
  })

  it.each(Object.keys(ANSWERS))(
    'the status of %s is returned only for its exact key, and not to a foreign page',
    async (what) => {
      const victim = await createVisitor('victim')
      const misbehaviour = ANSWERS[what as keyof typeof ANSWERS]
      if (misbehaviour) server.partner.misbehave(victim.email, misbehaviour, { times: 1 })
      await client.orchestrateRegistration(victim, PAGE)
      const idempotencyKey = victim.idempotencyKey ?? ''
      expect((await client.registrationStatus({ idempotencyKey: idempotencyKey.toUpperCase() }, PAGE)).status).toBe(400)
      expect((await client.registrationStatus({ idempotencyKey: victim.email }, PAGE)).status).toBe(400)
      expect((await client.registrationStatus({ idempotencyKey }, { origin: 'https://evil.example' })).status).toBe(403)
      expect((await client.registrationStatus({ idempotencyKey }, { origin: 'null' })).status).toBe(403)
      // The owner of the key gets it.
      const own = await client.registrationStatus({ idempotencyKey }, PAGE)
      expect(own.answer.registrationId).toMatch(/^[0-9a-f-]{36}$/)
    },
  )
})

/** The values in a response that log the visitor in or identify the account. */
function secretsIn({ answer }: TestResponse): string[] {
  if (!('userData' in answer)) return []
  const { password, login, autologin, deposit, main } = answer.userData
  const values = [answer.depositUrl, password, login, autologin, deposit, main]
  return values.flatMap((value) => (value ? [String(value)] : []))
}
