import type { SecretBox } from './secret-box.ts'

/**
 * A key that was retired too early is noticed at the start, not when the first visitor's link can't be read.
 *
 * @param needed the ids of the keys that something was encrypted with, by where it lies
 * @throws Error which names every key that isn't listed
 */
export function requireKeys(box: SecretBox, needed: Readonly<Record<string, readonly string[]>>): void {
  const missing = Object.entries(needed).flatMap(([place, ids]) =>
    ids.filter((id) => !box.hasKey(id)).map((id) => `"${id}" (needed by ${place})`),
  )
  if (missing.length === 0) return
  const remedy = 'List them again, behind the first; `re-encrypt` is what lets a key be retired.'
  throw new Error(`ENCRYPTION_KEYS lacks the keys ${missing.join(', ')}. ${remedy}`)
}
