import { webcrypto } from 'node:crypto'
import { createRemoteJWKSet, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify } from 'jose'
import type { Verification } from '../config/config.ts'
import { foldEmail } from '../registration/fold-email.ts'
import type { Proof } from '../registration/orchestrate-registration.ts'

/** Tells whether a token proves that this e-mail was confirmed. Never throws. */
export type Verifier = (token: string | undefined, email: string) => Promise<Proof>

/** A code is entered within minutes; an older proof may have been stolen from somewhere. */
const MAX_AGE = '10 minutes'
/** Clocks of two servers differ by a little. */
const TOLERANCE = '30 seconds'

/** The algorithms are pinned: a token can't choose its own, nor `none`. */
const OPTIONS: JWTVerifyOptions = {
  requiredClaims: ['email', 'exp', 'iat'],
  maxTokenAge: MAX_AGE,
  clockTolerance: TOLERANCE,
}
const HMAC = { name: 'HMAC', hash: 'SHA-256' }
const HS256: JWTVerifyOptions = { ...OPTIONS, algorithms: ['HS256'] }
const JWKS: JWTVerifyOptions = { ...OPTIONS, algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'] }

export function createVerifier(verification: Verification): Verifier {
  switch (verification.mode) {
    case 'off':
      return async () => 'not-required'
    case 'hs256': {
      // Imported once: bytes would be anew for each proof.
      const key = webcrypto.subtle.importKey('raw', new TextEncoder().encode(verification.secret), HMAC, false, [
        'verify',
      ])
      return verifierBy(() => key, { ...HS256, ...meantFor(verification.audience) })
    }
    case 'jwks':
      return verifierBy(createRemoteJWKSet(new URL(verification.url)), { ...JWKS, ...meantFor(verification.audience) })
  }
}

/** A service that signs for several others names the one that a proof is meant for. */
function meantFor(audience: string | undefined): JWTVerifyOptions {
  return audience === undefined ? {} : { audience }
}

function verifierBy(key: JWTVerifyGetKey, options: JWTVerifyOptions): Verifier {
  return async (token, email) => {
    if (token === undefined) return 'absent'
    try {
      const { payload } = await jwtVerify(token, key, options)
      const confirmed = payload['email']
      return typeof confirmed === 'string' && foldEmail(confirmed) === foldEmail(email) ? 'valid' : 'invalid'
    } catch {
      return 'invalid'
    }
  }
}
