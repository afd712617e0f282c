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

/** A valid proof, except for the given values; null omits a claim. Times are in seconds from now. */
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
    ['an e-mail in another case', { claims: { email: 'Ann@Example.COM' } }],
    ['a proof of ten minutes ago', { iat: -10 * MINUTE }],
    ['a proof from a clock that is slightly ahead', { iat: 20 }],
    ['any audience', { audience: 'shop' }],
  ])('accepts %s', async (_, given) => {
    expect(await verify(await signed(given), email)).toBe('valid')
  })

  it.each<[string, Proof]>([
    ['of another e-mail', { claims: { email: 'bob@example.com' } }],
    ['without an e-mail', { claims: { sub: email } }],
    ['with an e-mail that is no text', { claims: { email: [email] } }],
    ['that has expired', { iat: -2 * MINUTE, exp: -MINUTE }],
    ['that never expires', { exp: null }],
    ['without the time of its issue', { iat: null }],
    ['older than ten minutes that has not expired', { iat: -11 * MINUTE, exp: 60 * MINUTE }],
    ['from the future', { iat: 5 * MINUTE, exp: 10 * MINUTE }],
    ['that is not valid yet', { claims: { email, nbf: Math.floor(Date.now() / 1_000) + 5 * MINUTE } }],
    ['of an e-mail that is not verified', { claims: { email, email_verified: false } }],
    ['of an e-mail that is not verified, as a text', { claims: { email, email_verified: 'false' } }],
    ['with an expiration that is no time', { exp: null, claims: { email, exp: 'tomorrow' } }],
  ])('refuses a proof %s', async (_, given) => {
    expect(await verify(await signed(given), email)).toBe('invalid')
  })

  it.each(['HS384', 'HS512'])('refuses a proof with another algorithm (%s)', async (alg) => {
    expect(await verify(await signed({}, alg), email)).toBe('invalid')
  })

  it('refuses a proof that is unsigned, signed with another secret, or changed', async () => {
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

  it('distinguishes a missing proof from an invalid one', async () => {
    expect(await verify(undefined, email)).toBe('absent')
    expect(await verify('', email)).toBe('invalid')
  })
})

describe('VERIFICATION=jwks', () => {
  /** A verification service with one key pair of the algorithm. */
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
    'accepts a proof signed with %s, but not for another e-mail',
    async (alg) => {
      const { sign, verify } = await signer(alg)
      expect(await verify(await sign(), email)).toBe('valid')
      expect(await verify(await sign(), 'bob@example.com')).toBe('invalid')
      expect(await verify(await sign({ exp: null }), email)).toBe('invalid')
    },
  )

  it.each(['ES384', 'RS512'])('refuses an algorithm that is not allowed (%s)', async (alg) => {
    const { sign, verify } = await signer(alg)
    expect(await verify(await sign(), email)).toBe('invalid')
  })

  it('refuses a proof signed with the public key as an HMAC secret', async () => {
    const { publicKey, verify } = await signer('RS256')
    const known = bytes(await exportSPKI(publicKey))
    const forged = await proof().setProtectedHeader({ alg: 'HS256', kid: 'k1' }).sign(known)
    expect(await verify(forged, email)).toBe('invalid')
  })

  it('refuses a proof of another signer, and reports unavailable keys', async () => {
    const [service, otherService] = [await signer('ES256'), await signer('ES256')]
    expect(await service.verify(await otherService.sign(), email)).toBe('invalid')
    const unreachable = createVerifier({
      mode: 'jwks',
      url: 'http://127.0.0.1:9/keys',
      issuer: undefined,
      audience: undefined,
    })
    expect(await unreachable(await service.sign(), email)).toBe('unavailable')
  })
})

describe('the key set', () => {
  const MINUTE_MS = 60_000

  /** A key set whose content the test controls, and a verifier whose clock the test controls. */
  async function createKeySet() {
    const pairs = await Promise.all([1, 2, 3].map(() => generateKeyPair('ES256', { extractable: true })))
    const jwks = await Promise.all(pairs.map(({ publicKey }) => exportJWK(publicKey)))
    const keySet = { status: 200, body: '', requests: 0 }
    const publish = (...keys: object[]) => Object.assign(keySet, { status: 200, body: JSON.stringify({ keys }) })
    const server = createServer((_, response) => {
      keySet.requests++
      response.writeHead(keySet.status, { location: '/elsewhere' }).end(keySet.body)
    })
    server.listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`
    let now = 0
    const errors: unknown[] = []
    const verify = createVerifier(
      { mode: 'jwks', url, issuer: undefined, audience: undefined },
      { now: () => now, onKeysUnavailable: (error) => errors.push(error) },
    )
    const sign = (key: number, kid?: string) =>
      proof()
        .setProtectedHeader({ alg: 'ES256', ...(kid === undefined ? {} : { kid }) })
        .sign(pairs[key]?.privateKey as webcrypto.CryptoKey)
    return {
      ...{ jwks, keySet, publish, errors },
      check: async (key: number, kid?: string) => verify(await sign(key, kid), email),
      advance: (ms: number) => {
        now += ms
      },
    }
  }

  it('can have several keys without an id, each of which is tried', async () => {
    const { jwks, publish, check } = await createKeySet()
    publish({ ...jwks[0] }, { ...jwks[1] })
    expect([await check(0), await check(1), await check(2)]).toEqual(['valid', 'valid', 'invalid'])
  })

  it.each([
    ['answers with an error', { status: 500, body: '' }],
    ['redirects', { status: 302, body: '' }],
    ['is not JSON', { status: 200, body: '<html>' }],
    ['has no list of keys', { status: 200, body: '{}' }],
    ['is empty', { status: 200, body: '{"keys":[]}' }],
    ['is too large', { status: 200, body: JSON.stringify({ keys: [{ kty: 'EC', x: 'x'.repeat(300_000) }] }) }],
  ])('that %s makes verification unavailable, unless there are keys of the last 12 hours', async (_, response) => {
    const { jwks, keySet, publish, check, advance, errors } = await createKeySet()
    Object.assign(keySet, response)
    expect(await check(0)).toBe('unavailable')
    publish({ ...jwks[0], kid: 'k1' })
    advance(MINUTE_MS)
    expect(await check(0, 'k1')).toBe('valid')
    Object.assign(keySet, response)
    advance(11 * 60 * MINUTE_MS)
    expect(await check(0, 'k1')).toBe('valid')
    expect(errors.length).toBeGreaterThan(1)
    advance(2 * 60 * MINUTE_MS)
    expect(await check(0, 'k1')).toBe('unavailable')
  })

  it('is read again for an unknown key, but not for each proof', async () => {
    const { jwks, keySet, publish, check, advance } = await createKeySet()
    publish({ ...jwks[0], kid: 'k1' })
    expect(await check(0, 'k1')).toBe('valid')
    publish({ ...jwks[0], kid: 'k1' }, { ...jwks[1], kid: 'k2' })
    advance(MINUTE_MS)
    expect(await check(1, 'k2')).toBe('valid')
    const { requests } = keySet
    for (let forged = 0; forged < 20; forged++) expect(await check(2, `forged-${forged}`)).toBe('invalid')
    expect(keySet.requests).toBe(requests)
  })

  it('that is unavailable makes a proof with an unknown key unavailable, not invalid', async () => {
    const { jwks, keySet, publish, check, advance } = await createKeySet()
    publish({ ...jwks[0], kid: 'k1' })
    expect(await check(0, 'k1')).toBe('valid')
    keySet.status = 503
    advance(MINUTE_MS)
    expect(await check(1, 'k2')).toBe('unavailable')
    expect(await check(0, 'k1')).toBe('valid')
  })
})

describe('VERIFICATION_ISSUER', () => {
  const issuer = 'https://verification.example/'
  const verify = createVerifier({ mode: 'hs256', secret, issuer, audience: undefined })

  it('accepts only proofs of that issuer', async () => {
    expect(await verify(await signed({ claims: { email, iss: issuer } }), email)).toBe('valid')
    expect(await verify(await signed({ claims: { email, iss: 'https://shop.example/' } }), email)).toBe('invalid')
    expect(await verify(await signed(), email)).toBe('invalid')
  })
})

describe('VERIFICATION_AUDIENCE', () => {
  const verify = createVerifier({ mode: 'hs256', secret, issuer: undefined, audience: 'registration' })

  it.each([['registration'], [['shop', 'registration']]])(
    'accepts a proof for this audience (%j)',
    async (audience) => {
      expect(await verify(await signed({ audience }), email)).toBe('valid')
    },
  )

  it.each([['shop'], [['shop', 'forum']], [undefined]])(
    'refuses a proof for other audiences or for none (%j)',
    async (audience) => {
      expect(await verify(await signed({ audience }), email)).toBe('invalid')
    },
  )
})

it('VERIFICATION=off requires no proof', async () => {
  expect(await createVerifier({ mode: 'off' })(undefined, email)).toBe('not-required')
})
