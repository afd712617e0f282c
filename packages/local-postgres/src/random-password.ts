import { randomBytes } from 'node:crypto'

/** 192 random bits, safe in a URL and in a shell. */
export function randomPassword(): string {
  return randomBytes(24).toString('base64url')
}
