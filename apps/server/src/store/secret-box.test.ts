import { describe, expect, it } from 'vitest'
import { createSecretBox } from './secret-box.ts'

const first = { id: 'k1', key: Buffer.alloc(32, 1) }
const second = { id: 'k2', key: Buffer.alloc(32, 2) }
const secret = '{"password":"p😀","autologin":"https://partner.example/login"}'

describe('createSecretBox', () => {
  const box = createSecretBox([first])

  it('decrypts a secret in the place for which it was encrypted', () => {
    expect(box.open(box.seal(secret, 'row 1'), 'row 1')).toBe(secret)
    expect(box.open(box.seal('', 'row 1'), 'row 1')).toBe('')
  })

  it('the ciphertext reveals only the length, and differs each time', () => {
    const [one, other] = [box.seal(secret, 'row 1'), box.seal(secret, 'row 1')]
    expect(one).toMatch(/^k1:[\w-]+$/)
    expect(one).not.toBe(other)
    expect(Buffer.from(one.slice(3), 'base64url').includes('password')).toBe(false)
  })

  it('a secret that was moved to another place is not decrypted', () => {
    const sealed = box.seal(secret, 'row 1')
    expect(() => box.open(sealed, 'row 2')).toThrow()
  })

  it('a secret with any changed byte is not decrypted', () => {
    const bytes = Buffer.from(box.seal(secret, 'row 1').slice(3), 'base64url')
    for (let index = 0; index < bytes.length; index++) {
      const changed = Buffer.from(bytes)
      changed[index] = (changed[index] ?? 0) ^ 1
      expect(() => box.open(`k1:${changed.toString('base64url')}`, 'row 1')).toThrow()
    }
  })

  it('a secret with a truncated authentication tag is not decrypted', () => {
    // A nonce of 12 bytes, an authentication tag of 16 bytes, and an empty ciphertext.
    const bytes = Buffer.from(box.seal('', 'row 1').slice(3), 'base64url')
    for (let length = 0; length < bytes.length; length++) {
      expect(() => box.open(`k1:${bytes.subarray(0, length).toString('base64url')}`, 'row 1')).toThrow(
        'does not fit the key "k1"',
      )
    }
  })

  it.each(['', 'k1:', 'k1:AAAA', 'not a secret'])('a text that is no secret is not decrypted: %j', (sealed) => {
    expect(() => box.open(sealed, 'row 1')).toThrow()
  })

  it('encrypts with the first key and decrypts with all of them', () => {
    const sealedBefore = box.seal(secret, 'row 1')
    const rotated = createSecretBox([second, first])
    expect(rotated.open(sealedBefore, 'row 1')).toBe(secret)
    expect(rotated.seal(secret, 'row 1')).toMatch(/^k2:/)
  })

  it('the error for a missing key names it', () => {
    const sealed = createSecretBox([second]).seal(secret, 'row 1')
    expect(() => box.open(sealed, 'row 1')).toThrow('"k2", which ENCRYPTION_KEYS doesn\'t list')
  })
})
