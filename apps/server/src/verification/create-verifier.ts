import { createVerifier as createFastVerifier } from 'fast-jwt'
import { errors, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify } from 'jose'
import type { Verification } from '../config/config.ts'
import type { Proof } from '../registration/orchestrate-registration.ts'
import { foldEmail } from '../registration/registration.ts'
import { createKeyList, isUnknownKey, KeysUnavailable } from './key-list.ts'

/** Tells whether a token proves that this e-mail was confirmed. Never throws. */
export type Verifier = (token: string | undefined, email: string) => Promise<Proof>

/** The claims of a sound token. @throws Error where it isn't one */
type ReadClaims = (token: string) => Claims | Promise<Claims>
type Claims = Record<string, unknown>

/** A code is entered within minutes; an older proof may have been stolen from somewhere. */
const MAX_AGE_MS = 600_000
/** Clocks of two servers differ by a little. */
const TOLERANCE_MS = 30_000
const REQUIRED = ['email', 'exp', 'iat']

export interface VerifierOptions {
  /** Milliseconds, for the age of the key list alone. */
  now?: () => number
  /** Called for each time that the key list could not be read. */
  onKeysUnavailable?: (error: unknown) => void
}

export function createVerifier(verification: Verification, options: VerifierOptions = {}): Verifier {
  switch (verification.mode) {
    case 'off':
      return async () => 'not-required'
    case 'hs256':
      return verifierBy(claimsByHs256(verification))
    case 'jwks':
      return verifierBy(claimsByJwks(verification, options))
  }
}

/**
 * By a library that hashes at once: jose leaves it to the Web Crypto API, where each proof is a job for another thread and
 * costs the processor as much as half of the registration.
 */
function claimsByHs256({ secret, issuer, audience }: Extract<Verification, { mode: 'hs256' }>): ReadClaims {
  const read = createFastVerifier({
    key: secret,
    algorithms: ['HS256'],
    // A service that signs for several others names the one that a proof is meant for.
    ...(audience === undefined ? {} : { allowedAud: audience }),
    ...(issuer === undefined ? {} : { allowedIss: issuer }),
    requiredClaims: [...REQUIRED, ...(audience === undefined ? [] : ['aud']), ...(issuer === undefined ? [] : ['iss'])],
    // It gives an age no tolerance of its own.
    maxAge: MAX_AGE_MS + TOLERANCE_MS,
    clockTolerance: TOLERANCE_MS,
  })
  return (token) => {
    const claims = read(token) as Claims & { iat: number }
    if (claims.iat * 1_000 > Date.now() + TOLERANCE_MS) throw new Error('It comes from the future.')
    return claims
  }
}

/** The algorithms are pinned: a token can't choose its own, nor `none`. */
function claimsByJwks(
  { url, issuer, audience }: Extract<Verification, { mode: 'jwks' }>,
  { now = () => performance.now(), onKeysUnavailable }: VerifierOptions,
): ReadClaims {
  const list = createKeyList({ url, now, onUnavailable: onKeysUnavailable })
  const options = {
    algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'],
    requiredClaims: REQUIRED,
    maxTokenAge: MAX_AGE_MS / 1_000,
    clockTolerance: TOLERANCE_MS / 1_000,
    ...(audience === undefined ? {} : { audience }),
    ...(issuer === undefined ? {} : { issuer }),
  }
  return async (token) => {
    const keys = await list.keys()
    try {
      return await claimsByAnyKey(token, keys, options)
    } catch (error) {
      if (!isUnknownKey(error)) throw error
      return claimsByAnyKey(token, await list.newerKeys(), options)
    }
  }
}

/** Keys without an id are told apart by trying each. */
async function claimsByAnyKey(token: string, keys: JWTVerifyGetKey, options: JWTVerifyOptions): Promise<Claims> {
  try {
    return (await jwtVerify(token, keys, options)).payload
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error
    for await (const key of error) {
      try {
        return (await jwtVerify(token, key, options)).payload
      } catch (failure) {
        if (!(failure instanceof errors.JWSSignatureVerificationFailed)) throw failure
      }
    }
    // It may be signed with one that isn't on the list yet.
    throw new errors.JWKSNoMatchingKey()
  }
}

function verifierBy(readClaims: ReadClaims): Verifier {
  return async (token, email) => {
    if (token === undefined) return 'absent'
    try {
      const { email: confirmed, email_verified: isVerified } = await readClaims(token)
      // Some say it as a text.
      if (isVerified === false || isVerified === 'false') return 'invalid'
      return typeof confirmed === 'string' && foldEmail(confirmed) === foldEmail(email) ? 'valid' : 'invalid'
    } catch (error) {
      return error instanceof KeysUnavailable ? 'unavailable' : 'invalid'
    }
  }
}
