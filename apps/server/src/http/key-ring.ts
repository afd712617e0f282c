import { createHash, timingSafeEqual } from 'node:crypto'
import type { NamedKey } from '../config/config.ts'

/** Finds out whose key it is, in a time that doesn't tell how much of it was right. */
export function createKeyRing(keys: readonly NamedKey[]): (key: string) => string | undefined {
  return (key) => {
    const hash = createHash('sha256').update(key).digest()
    return keys.filter(({ keyHash }) => timingSafeEqual(keyHash, hash)).at(0)?.name
  }
}

const BEARER = /^Bearer +(\S+)$/i

/** The key of an `Authorization` header; empty where it has none. */
export function bearerKey(authorization: string | undefined): string {
  return BEARER.exec(authorization ?? '')?.[1] ?? ''
}
