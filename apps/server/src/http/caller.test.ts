import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createKeyRing, createOriginPolicy } from './caller.ts'

const own = 'https://registration.example'
const page = 'https://www.example.com'
const policy = createOriginPolicy(own, [page])

describe('createOriginPolicy', () => {
  it.each([own, page])('a page of %s is allowed', (origin) => {
    expect(policy.check({ origin })).toEqual({ kind: 'allowed', origin })
  })

  it.each([
    'https://evil.example',
    'http://www.example.com',
    'https://www.example.com:8443',
    'https://www.example.com.evil.example',
    'https://example.com',
    'https://WWW.example.com',
    'null',
    '',
  ])('a page of %j is refused', (origin) => {
    expect(policy.check({ origin })).toEqual({ kind: 'refused' })
  })

  it('a request without Origin and Sec-Fetch-Site does not come from a browser', () => {
    expect(policy.check({})).toEqual({ kind: 'no-browser' })
    expect(policy.check({ 'sec-fetch-site': 'same-origin' })).toEqual({ kind: 'no-browser' })
  })

  it.each(['cross-site', 'same-site', 'none'])('a browser’s request (%s) without Origin is refused', (site) => {
    expect(policy.check({ 'sec-fetch-site': site })).toEqual({ kind: 'refused' })
  })

  it('the own origin is the configured one, regardless of the Host header', () => {
    expect(policy.check({ origin: 'https://evil.example', host: 'evil.example' })).toEqual({ kind: 'refused' })
  })

  it('ALLOWED_ORIGINS=* allows every origin but null', () => {
    const open = createOriginPolicy(own, '*')
    expect(open.check({ origin: 'https://anything.example' })).toMatchObject({ kind: 'allowed' })
    expect(open.check({ origin: 'null' })).toEqual({ kind: 'refused' })
  })
})

const hashed = (name: string, key: string) => ({ name, keyHash: createHash('sha256').update(key).digest() })
const ownerOf = createKeyRing([hashed('crm', '0123456789abcdef'), hashed('shop', 'fedcba9876543210')])

it('a key ring returns the name of the key’s owner', () => {
  expect(ownerOf('0123456789abcdef')).toBe('crm')
  expect(ownerOf('fedcba9876543210')).toBe('shop')
})

it.each(['', '0123456789abcde', '0123456789abcdef ', '0123456789ABCDEF', 'crm'])(
  'a key ring has no owner for %j',
  (key) => {
    expect(ownerOf(key)).toBeUndefined()
  },
)

it('an empty key ring has no owner for any key', () => {
  expect(createKeyRing([])('')).toBeUndefined()
})
