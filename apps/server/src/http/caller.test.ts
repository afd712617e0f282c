import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createKeyRing, createOriginPolicy } from './caller.ts'

const own = 'https://registration.example'
const page = 'https://www.example.com'
const policy = createOriginPolicy(own, [page])

describe('createOriginPolicy', () => {
  it.each([own, page])('allows the page of %s', (origin) => {
    expect(policy.judge({ origin })).toEqual({ kind: 'allowed', origin })
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
  ])('refuses the page of %j', (origin) => {
    expect(policy.judge({ origin })).toEqual({ kind: 'refused' })
  })

  it('knows a request without Origin for no browser’s', () => {
    expect(policy.judge({})).toEqual({ kind: 'no-browser' })
    expect(policy.judge({ 'sec-fetch-site': 'same-origin' })).toEqual({ kind: 'no-browser' })
  })

  it.each(['cross-site', 'same-site', 'none'])('refuses a browser (%s) that hides its page', (site) => {
    expect(policy.judge({ 'sec-fetch-site': site })).toEqual({ kind: 'refused' })
  })

  it('knows its own origin by configuration, whatever host the caller names', () => {
    expect(policy.judge({ origin: 'https://evil.example', host: 'evil.example' })).toEqual({ kind: 'refused' })
  })

  it('allows all but the nameless where any may call', () => {
    const open = createOriginPolicy(own, '*')
    expect(open.judge({ origin: 'https://anything.example' })).toMatchObject({ kind: 'allowed' })
    expect(open.judge({ origin: 'null' })).toEqual({ kind: 'refused' })
  })
})

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
