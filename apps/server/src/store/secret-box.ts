import { createCipheriv, createDecipheriv, createHmac, createSecretKey, randomBytes, randomFillSync } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PartnerAccount } from '../registration/partner.ts'

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

/** The key that development gets without asking: made once, and kept beside the data that it encrypts. */
export function developmentKeys(dataDir: string): readonly [EncryptionKey] {
  const file = join(dataDir, 'development-encryption-key')
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  try {
    // Fails where another process was faster; that one's key is the key then.
    writeFileSync(file, randomBytes(32).toString('base64'), { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return [{ id: 'development', key: Buffer.from(readFileSync(file, 'utf8'), 'base64') }]
}

/** The partner's answer as it is stored: what logs somebody in is kept apart, and encrypted. */
export interface StoredAccount {
  partner_answer: PartnerAccount
  partner_secrets: string | null
}

/** What a row's secrets are bound to: they open nowhere else. */
export const secretsPlace = (id: string) => `registrations.partner_secrets/${id}`

export function sealAccount(box: SecretBox, id: string, answer: PartnerAccount): StoredAccount {
  const { password, autologin, ...partner_answer } = answer
  const secrets = {
    ...(password === undefined ? {} : { password }),
    ...(autologin === undefined ? {} : { autologin }),
  }
  const hasSecrets = Object.keys(secrets).length > 0
  return { partner_answer, partner_secrets: hasSecrets ? box.seal(JSON.stringify(secrets), secretsPlace(id)) : null }
}

export function openAccount(box: SecretBox, id: string, stored: StoredAccount): PartnerAccount {
  if (stored.partner_secrets === null) return stored.partner_answer
  return { ...stored.partner_answer, ...JSON.parse(box.open(stored.partner_secrets, secretsPlace(id))) }
}

/** Asking the system for so many pieces takes as long as for one. */
const PIECES = 256

/** @returns what gives so many new random bytes each time; each piece must be used before another {@link PIECES} are taken */
function createRandomBytes(length: number): () => Buffer {
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
