import type { webcrypto } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createVerifier } from './create-verifier.ts'

const secret = 'the secret of the code verification'
const email = 'ann@example.com'
const bytes = (text: string) => new TextEncoder().encode(text)
const MINUTE = 60

/** A sound proof, but for what is given; null leaves a claim out. Instants in seconds from now. */
function proof({
  claims = { email } as Record<string, unknown>,
  iat = 0 as number | null,
  exp = (5 * MINUTE) as number | null,
  audience = undefined as string | string[] | undefined,
} = {}): SignJWT {
  const now = Math.floor(Date.now() / 1_000)
  const jwt = new SignJWT(claims)
  if (iat !== null) jwt.setIssuedAt(now + iat)
  if (exp !== null) jwt.setExpirationTime(now + exp)
  return audience === undefined ? jwt : jwt.setAudience(audience)
}

type Proof = Parameters<typeof proof>[0]

const signed = (given?: Proof, alg = 'HS256') => proof(given).setProtectedHeader({ alg }).sign(bytes(secret))

describe('VERIFICATION=hs256', () => {
  const verify = createVerifier({ mode: 'hs256', secret, issuer: undefined, audience: undefined })

  it.each<[string, Proof]>([
    ['a proof of the e-mail', {}],
    ['a verified e-mail', { claims: { email, email_verified: true } }],
    ['another spelling of it', { claims: { email: 'Ann@Example.COM' } }],
    ['one of ten minutes ago', { iat: -10 * MINUTE }],
    ['a clock that is a little ahead', { iat: 20 }],
    ['whoever it is meant for', { audience: 'shop' }],
  ])('takes %s', async (_, given) => {
    expect(await verify(await signed(given), email)).toBe('valid')
  })

  it.each<[string, Proof]>([
    ['of another e-mail', { claims: { email: 'bob@example.com' } }],
    ['of no e-mail', { claims: { sub: email } }],
    ['of an e-mail that is no text', { claims: { email: [email] } }],
    ['that has expired', { iat: -2 * MINUTE, exp: -MINUTE }],
    ['that never expires', { exp: null }],
    ['that does not say when it was made', { iat: null }],
    ['that is older than ten minutes, however long it may live', { iat: -11 * MINUTE, exp: 60 * MINUTE }],
    ['from the future', { iat: 5 * MINUTE, exp: 10 * MINUTE }],
    ['that is not valid yet', { claims: { email, nbf: Math.floor(Date.now() / 1_000) + 5 * MINUTE } }],
    ['of an e-mail that is not verified', { claims: { email, email_verified: false } }],
    ['of an e-mail that is not verified, as a text', { claims: { email, email_verified: 'false' } }],
    ['whose end is no instant', { exp: null, claims: { email, exp: 'tomorrow' } }],
  ])('refuses a proof %s', async (_, given) => {
    expect(await verify(await signed(given), email)).toBe('invalid')
  })

  it.each(['HS384', 'HS512'])('lets no proof choose its algorithm (%s)', async (alg) => {
    expect(await verify(await signed({}, alg), email)).toBe('invalid')
  })

  it('takes nothing that is unsigned, signed with another secret, or changed since', async () => {
    const sound = await signed()
    const [header, payload] = sound.split('.')
    const [, , bobsSignature] = (await signed({ claims: { email: 'bob@example.com' } })).split('.')
    const unsecured = new UnsecuredJWT({ email }).setIssuedAt().setExpirationTime('5 minutes').encode()
    const guessed = await proof().setProtectedHeader({ alg: 'HS256' }).sign(bytes('a guess'))
    for (const token of [unsecured, `${header}.${payload}.`, `${header}.${payload}.${bobsSignature}`, guessed]) {
      expect(await verify(token, email)).toBe('invalid')
    }
    expect(await verify(sound, email)).toBe('valid')
  })

  it('tells a proof that is missing from one that is wrong', async () => {
    expect(await verify(undefined, email)).toBe('absent')
    expect(await verify('', email)).toBe('invalid')
  })
})

describe('VERIFICATION=jwks', () => {
  /** The service that signs, with one key pair of the algorithm. */
  async function signer(alg: string) {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
    const keys = [{ ...(await exportJWK(publicKey)), kid: 'k1', use: 'sig' }]
    const server = createServer((_, response) => response.end(JSON.stringify({ keys })))
    server.listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`
    const sign = (given?: Proof) => proof(given).setProtectedHeader({ alg, kid: 'k1' }).sign(privateKey)
    return { publicKey, sign, verify: createVerifier({ mode: 'jwks', url, issuer: undefined, audience: undefined }) }
  }

  it.each(['RS256', 'PS256', 'ES256', 'EdDSA'])(
    'takes what the service signed with %s, and no proof of another e-mail',
    async (alg) => {
      const { sign, verify } = await signer(alg)
      expect(await verify(await sign(), email)).toBe('valid')
      expect(await verify(await sign(), 'bob@example.com')).toBe('invalid')
      expect(await verify(await sign({ exp: null }), email)).toBe('invalid')
    },
  )

  it.each(['ES384', 'RS512'])('takes none of an algorithm that is not agreed on (%s)', async (alg) => {
    const { sign, verify } = await signer(alg)
    expect(await verify(await sign(), email)).toBe('invalid')
  })

  it('takes the public key for no secret', async () => {
    const { publicKey, verify } = await signer('RS256')
    const known = bytes(await exportSPKI(publicKey))
    const forged = await proof().setProtectedHeader({ alg: 'HS256', kid: 'k1' }).sign(known)
    expect(await verify(forged, email)).toBe('invalid')
  })

  it('takes nothing that somebody else signed, and says so where the keys can not be had', async () => {
    const [ours, theirs] = [await signer('ES256'), await signer('ES256')]
    expect(await ours.verify(await theirs.sign(), email)).toBe('invalid')
    const unreachable = createVerifier({
      mode: 'jwks',
      url: 'http://127.0.0.1:9/keys',
      issuer: undefined,
      audience: undefined,
    })
    expect(await unreachable(await ours.sign(), email)).toBe('unavailable')
  })
})

describe('the list of keys', () => {
  const MINUTE_MS = 60_000

  /** A list that says what it is told to, and a verifier whose time passes as it is told to. */
  async function aList() {
    const pairs = await Promise.all([1, 2, 3].map(() => generateKeyPair('ES256', { extractable: true })))
    const jwks = await Promise.all(pairs.map(({ publicKey }) => exportJWK(publicKey)))
    const list = { status: 200, body: '', asked: 0 }
    const publish = (...keys: object[]) => Object.assign(list, { status: 200, body: JSON.stringify({ keys }) })
    const server = createServer((_, response) => {
      list.asked++
      response.writeHead(list.status, { location: '/elsewhere' }).end(list.body)
    })
    server.listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`
    let now = 0
    const troubles: unknown[] = []
    const verify = createVerifier(
      { mode: 'jwks', url, issuer: undefined, audience: undefined },
      { now: () => now, onKeysUnavailable: (error) => troubles.push(error) },
    )
    const sign = (key: number, kid?: string) =>
      proof()
        .setProtectedHeader({ alg: 'ES256', ...(kid === undefined ? {} : { kid }) })
        .sign(pairs[key]?.privateKey as webcrypto.CryptoKey)
    return {
      ...{ jwks, list, publish, troubles },
      check: async (key: number, kid?: string) => verify(await sign(key, kid), email),
      pass: (ms: number) => {
        now += ms
      },
    }
  }

  it('may hold several keys without an id, each of which is tried', async () => {
    const { jwks, publish, check } = await aList()
    publish({ ...jwks[0] }, { ...jwks[1] })
    expect([await check(0), await check(1), await check(2)]).toEqual(['valid', 'valid', 'invalid'])
  })

  it.each([
    ['answers an error', { status: 500, body: '' }],
    ['redirects', { status: 302, body: '' }],
    ['is no JSON', { status: 200, body: '<html>' }],
    ['is no list', { status: 200, body: '{}' }],
    ['is empty', { status: 200, body: '{"keys":[]}' }],
    ['is far too big', { status: 200, body: JSON.stringify({ keys: [{ kty: 'EC', x: 'x'.repeat(300_000) }] }) }],
  ])('that %s says nothing of a proof, and the last good keys are used for hours', async (_, trouble) => {
    const { jwks, list, publish, check, pass, troubles } = await aList()
    Object.assign(list, trouble)
    expect(await check(0)).toBe('unavailable')
    publish({ ...jwks[0], kid: 'k1' })
    pass(MINUTE_MS)
    expect(await check(0, 'k1')).toBe('valid')
    Object.assign(list, trouble)
    pass(11 * 60 * MINUTE_MS)
    expect(await check(0, 'k1')).toBe('valid')
    expect(troubles.length).toBeGreaterThan(1)
    pass(2 * 60 * MINUTE_MS)
    expect(await check(0, 'k1')).toBe('unavailable')
  })

  it('is read again for a key that is not on it, though not for each proof', async () => {
    const { jwks, list, publish, check, pass } = await aList()
    publish({ ...jwks[0], kid: 'k1' })
    expect(await check(0, 'k1')).toBe('valid')
    publish({ ...jwks[0], kid: 'k1' }, { ...jwks[1], kid: 'k2' })
    pass(MINUTE_MS)
    expect(await check(1, 'k2')).toBe('valid')
    const { asked } = list
    for (let forged = 0; forged < 20; forged++) expect(await check(2, `forged-${forged}`)).toBe('invalid')
    expect(list.asked).toBe(asked)
  })

  it('judges no proof by an unknown key while the list is unavailable', async () => {
    const { jwks, list, publish, check, pass } = await aList()
    publish({ ...jwks[0], kid: 'k1' })
    expect(await check(0, 'k1')).toBe('valid')
    list.status = 503
    pass(MINUTE_MS)
    expect(await check(1, 'k2')).toBe('unavailable')
    expect(await check(0, 'k1')).toBe('valid')
  })
})

describe('VERIFICATION_ISSUER', () => {
  const issuer = 'https://verification.example/'
  const verify = createVerifier({ mode: 'hs256', secret, issuer, audience: undefined })

  it('takes a proof of that issuer alone', async () => {
    expect(await verify(await signed({ claims: { email, iss: issuer } }), email)).toBe('valid')
    expect(await verify(await signed({ claims: { email, iss: 'https://shop.example/' } }), email)).toBe('invalid')
    expect(await verify(await signed(), email)).toBe('invalid')
  })
})

describe('VERIFICATION_AUDIENCE', () => {
  const verify = createVerifier({ mode: 'hs256', secret, issuer: undefined, audience: 'registration' })

  it.each([['registration'], [['shop', 'registration']]])(
    'takes a proof that is meant for it (%j)',
    async (audience) => {
      expect(await verify(await signed({ audience }), email)).toBe('valid')
    },
  )

  it.each([['shop'], [['shop', 'forum']], [undefined]])(
    'refuses a proof that is meant for somebody else, or for nobody (%j)',
    async (audience) => {
      expect(await verify(await signed({ audience }), email)).toBe('invalid')
    },
  )
})

it('VERIFICATION=off asks for none', async () => {
  expect(await createVerifier({ mode: 'off' })(undefined, email)).toBe('not-required')
})
