import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { createKeyRing } from './key-ring.ts'

const hashed = (name: string, key: string) => ({ name, keyHash: createHash('sha256').update(key).digest() })
const ownerOf = createKeyRing([hashed('crm', '0123456789abcdef'), hashed('shop', 'fedcba9876543210')])

it('finds out whose key it is', () => {
  expect(ownerOf('0123456789abcdef')).toBe('crm')
  expect(ownerOf('fedcba9876543210')).toBe('shop')
})

it.each(['', '0123456789abcde', '0123456789abcdef ', '0123456789ABCDEF', 'crm'])('knows nobody by %j', (key) => {
  expect(ownerOf(key)).toBeUndefined()
})

it('knows nobody where there are no keys', () => {
  expect(createKeyRing([])('')).toBeUndefined()
})
