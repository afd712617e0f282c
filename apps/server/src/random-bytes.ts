import { randomFillSync } from 'node:crypto'

/** Asking the system for so many pieces takes as long as for one. */
const PIECES = 256

/** @returns what gives so many new random bytes each time; each piece must be used before another {@link PIECES} are taken */
export function createRandomBytes(length: number): () => Buffer {
  const bytes = Buffer.alloc(PIECES * length)
  let used = bytes.length
  return () => {
    if (used === bytes.length) {
      randomFillSync(bytes)
      used = 0
    }
    const piece = bytes.subarray(used, used + length)
    used += length
    return piece
  }
}
