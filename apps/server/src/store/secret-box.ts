import { createCipheriv, createDecipheriv, createHmac, createSecretKey } from 'node:crypto'
import { createRandomBytes } from '../random-bytes.ts'

/** One key of AES-256: 32 bytes under the name that is stored beside what it encrypted. */
export interface EncryptionKey {
  id: string
  key: Buffer
}

/** A secret that can't be opened. Its message names the key, and nothing of what is in it. */
export class SecretUnreadable extends Error {
  override readonly name = 'SecretUnreadable'
  /** The id of the key that isn't listed; undefined where it is, and the secret doesn't fit it. */
  readonly unlistedKey: string | undefined

  constructor(key: string, isListed: boolean) {
    super(
      isListed
        ? `The secret does not fit the key "${key}": it was changed, or belongs to something else, or the key is another one.`
        : `The secret was encrypted with the key "${key}", which ENCRYPTION_KEYS doesn't list.`,
    )
    this.unlistedKey = isListed ? undefined : key
  }
}

/** Encrypts what may not lie in the database in the clear. */
export interface SecretBox {
  /** The id of the key that encrypts. */
  readonly currentKey: string
  /** Of each listed key a value that no other key makes, and that doesn't tell the key. */
  checkValues(): { id: string; value: string }[]
  /** Whether a key of this id is listed. */
  hasKey(id: string): boolean
  /**
   * @param place what the secret belongs to, such as a row's id and column: it opens nowhere else
   * @returns `keyId:base64url(iv, tag, ciphertext)`
   */
  seal(plaintext: string, place: string): string
  /** @throws SecretUnreadable when the key isn't known here, or the secret was changed or moved. */
  open(sealed: string, place: string): string
}

const ALGORITHM = 'aes-256-gcm'
const IV_BYTES = 12
const TAG_BYTES = 16
const CHECKED = 'the key of registrations, checked'

/** @param keys the first encrypts, all decrypt */
export function createSecretBox(keys: readonly [EncryptionKey, ...EncryptionKey[]]): SecretBox {
  // Node prepares a key object once, and bytes at every use.
  const byId = new Map(keys.map(({ id, key }) => [id, createSecretKey(key)]))
  const [{ id: currentKey, key }] = keys
  const current = createSecretKey(key)
  const nextIv = createRandomBytes(IV_BYTES)
  return {
    currentKey,
    checkValues: () =>
      [...byId].map(([id, of]) => ({ id, value: createHmac('sha256', of).update(CHECKED).digest('base64url') })),
    hasKey: (id) => byId.has(id),
    seal(plaintext, place) {
      const iv = nextIv()
      const cipher = createCipheriv(ALGORITHM, current, iv).setAAD(Buffer.from(place))
      const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()])
      return `${currentKey}:${Buffer.concat([iv, cipher.getAuthTag(), ciphertext]).toString('base64url')}`
    },
    open(sealed, place) {
      const colon = sealed.indexOf(':')
      const id = sealed.slice(0, colon)
      const key = byId.get(id)
      if (!key) throw new SecretUnreadable(id, false)
      const bytes = Buffer.from(sealed.slice(colon + 1), 'base64url')
      try {
        // A tag that was cut short is none.
        const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
          .setAAD(Buffer.from(place))
          .setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES))
        return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8')
      } catch {
        throw new SecretUnreadable(id, true)
      }
    },
  }
}
