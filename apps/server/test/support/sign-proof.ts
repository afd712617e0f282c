import { SignJWT } from 'jose'

/** A proof as the verification service signs it: the e-mail was confirmed `secondsAgo`, and the proof is valid for 10 minutes. */
export function signProof(secret: string, email: string, { secondsAgo = 0 } = {}): Promise<string> {
  const confirmedAt = Math.floor(Date.now() / 1_000) - secondsAgo
  return new SignJWT({ email })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuedAt(confirmedAt)
    .setExpirationTime(confirmedAt + 600)
    .sign(new TextEncoder().encode(secret))
}
