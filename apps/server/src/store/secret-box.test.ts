import { describe, expect, it } from 'vitest'
import { createSecretBox } from './secret-box.ts'

const first = { id: 'k1', key: Buffer.alloc(32, 1) }
const second = { id: 'k2', key: Buffer.alloc(32, 2) }
const secret = '{"password":"p😀","autologin":"https://partner.example/login"}'

describe('createSecretBox', () => {
  const box = createSecretBox([first])

  it('opens what it sealed, in the same place', () => {
    expect(box.open(box.seal(secret, 'row 1'), 'row 1')).toBe(secret)
    expect(box.open(box.seal('', 'row 1'), 'row 1')).toBe('')
  })

  it('shows nothing of the secret but its length, and the same secret differently each time', () => {
    const [one, other] = [box.seal(secret, 'row 1'), box.seal(secret, 'row 1')]
    expect(one).toMatch(/^k1:[\w-]+$/)
    expect(one).not.toBe(other)
    expect(Buffer.from(one.slice(3), 'base64url').includes('password')).toBe(false)
  })

  it('opens nothing that was moved to another place', () => {
    const sealed = box.seal(secret, 'row 1')
    expect(() => box.open(sealed, 'row 2')).toThrow()
  })

  it('opens nothing that was changed, in whichever byte', () => {
    const bytes = Buffer.from(box.seal(secret, 'row 1').slice(3), 'base64url')
    for (let index = 0; index < bytes.length; index++) {
      const changed = Buffer.from(bytes)
      changed[index] = (changed[index] ?? 0) ^ 1
      expect(() => box.open(`k1:${changed.toString('base64url')}`, 'row 1')).toThrow()
    }
  })

  it('opens nothing whose proof of being whole was cut short', () => {
    // Twelve bytes that tell one secret from another, sixteen that prove it, and no secret.
    const bytes = Buffer.from(box.seal('', 'row 1').slice(3), 'base64url')
    for (let length = 0; length < bytes.length; length++) {
      expect(() => box.open(`k1:${bytes.subarray(0, length).toString('base64url')}`, 'row 1')).toThrow(
        'does not fit the key "k1"',
      )
    }
  })

  it.each(['', 'k1:', 'k1:AAAA', 'nothing of the kind'])('opens nothing that is no secret: %j', (sealed) => {
    expect(() => box.open(sealed, 'row 1')).toThrow()
  })

  it('encrypts with the first key and decrypts with all of them', () => {
    const sealedBefore = box.seal(secret, 'row 1')
    const rotated = createSecretBox([second, first])
    expect(rotated.open(sealedBefore, 'row 1')).toBe(secret)
    expect(rotated.seal(secret, 'row 1')).toMatch(/^k2:/)
  })

  it('names the key that is missing', () => {
    const sealed = createSecretBox([second]).seal(secret, 'row 1')
    expect(() => box.open(sealed, 'row 1')).toThrow('"k2", which ENCRYPTION_KEYS doesn\'t list')
  })
})
