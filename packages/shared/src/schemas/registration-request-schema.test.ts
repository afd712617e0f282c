import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { registrationRequestSchema } from './registration-request-schema.ts'

const valid = { email: 'Visitor@Example.com', visitorId: 'v-1' }

function objections(change: Record<string, unknown>): string[] {
  const parsed = registrationRequestSchema.safeParse({ ...valid, ...change })
  return parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`)
}

describe('registrationRequestSchema', () => {
  it('trims the e-mail and drops unknown fields', () => {
    expect(registrationRequestSchema.parse({ ...valid, email: '  Visitor@Example.com ', admin: true })).toEqual(valid)
  })

  it.each([
    "o'connor@example.com",
    'first.last+tag@mail.example.co.uk',
    'a!#$%&*/=?^`{|}~@example.com',
    'почта@пример.рф',
    'user@xn--e1afmkfd.xn--p1ai',
  ])('takes %s', (email) => {
    expect(objections({ email })).toEqual([])
  })

  it.each([
    '',
    'plain',
    'a@b',
    '@example.com',
    'a@@example.com',
    'a b@example.com',
    'a@exam ple.com',
    '.a@example.com',
    'a..b@example.com',
    'a.@example.com',
    'a@-example.com',
    'a@example.com\r\nbcc: x',
    'a\u200b@example.com',
    'a\0@example.com',
    '"a"@example.com',
    `${'a'.repeat(65)}@example.com`,
    `a@${'b'.repeat(10_000)}.com`,
  ])('refuses %j as an e-mail', (email) => {
    expect(objections({ email }).join()).toMatch(/^email must/)
  })

  it.each([
    ['email', undefined],
    ['email', 7],
    ['email', null],
    ['email', ['a@example.com']],
    ['visitorId', undefined],
    ['visitorId', ''],
    ['visitorId', 'a\r\nx-admin: 1'],
    ['visitorId', 'я'],
    ['visitorId', 'v'.repeat(10_000)],
    ['name', 'n'.repeat(201)],
    ['name', 'a\nb'],
    ['name', 'a\0b'],
    ['name', '\ud800'],
    ['name', null],
    ['siteUrl', `https://example.com/${'a'.repeat(2048)}`],
    ['source', {}],
    ['trafficParams', []],
    ['trafficParams', 'tag=1'],
    ['browserData', []],
    ['browserData', 'Chrome'],
    ['browserData', { agent: 'a\0b' }],
    ['browserData', { 'a\0b': 1 }],
    ['browserData', { a: { b: { c: { d: { e: { f: { g: { h: { i: 1 } } } } } } } } }],
    ['idempotencyKey', ''],
    ['idempotencyKey', 'k'.repeat(256)],
    ['verificationToken', 'two\nlines'],
    ['clientIp', '999.1.1.1'],
    ['clientIp', 'localhost'],
  ])('names the field and the reason when %s is %j', (field, value) => {
    expect(objections({ [field]: value }).join()).toMatch(new RegExp(`^${field}\\S* must`))
  })

  it('names every bad field at once', () => {
    expect(objections({ email: 1, visitorId: 2, trafficParams: { tag: 3, pb: null } })).toEqual([
      'email must be a string',
      'visitorId must be a string',
      'trafficParams.tag must be a string',
      'trafficParams.pb must be a string',
    ])
  })

  it.each([null, [], 'text', 7])('%j instead of an object is refused', (body) => {
    const parsed = registrationRequestSchema.safeParse(body)
    expect(z.prettifyError(parsed.error ?? new z.ZodError([]))).toContain('must be a JSON object')
  })

  it('browser data may be nested eight levels deep, and __proto__ changes no prototype', () => {
    const browserData = JSON.parse('{"a":{"b":{"c":{"d":{"e":{"f":{"g":{"h":1}}}}}}},"__proto__":{"polluted":true}}')
    expect(objections({ browserData })).toEqual([])
    registrationRequestSchema.parse({ ...valid, browserData })
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})
