import { registrationRequestSchema } from '@registration/shared/schemas'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cleanRequest } from './clean-request.ts'

const required = { email: 'ann@example.com', visitorId: 'v' }
const clean = (fields: object) => cleanRequest({ ...required, ...fields })

describe('cleanRequest', () => {
  it.each<[given: object, becomes: object]>([
    [{ name: null, trafficParams: [], siteUrl: '', source: '', browserData: {}, idempotencyKey: '' }, {}],
    [{ name: 'Ann \ud83d' }, { name: 'Ann' }],
    [{ name: '  An\0n\r\n' }, { name: 'Ann' }],
    [{ name: 42 }, { name: '42' }],
    [{ name: ['Ann'] }, {}],
    [{ name: `${'x'.repeat(199)}😀` }, { name: 'x'.repeat(199) }],
    [{ source: true }, { source: 'true' }],
    [{ siteUrl: `https://x.example/${'x'.repeat(3_000)}` }, { siteUrl: `https://x.example/${'x'.repeat(2_030)}` }],
    [{ trafficParams: { click_id: 12345, tag: true } }, { trafficParams: { click_id: '12345', tag: 'true' } }],
    [{ trafficParams: { tag: 'spring\n\t24', pb: null, sub1: {} } }, { trafficParams: { tag: 'spring24' } }],
    [{ trafficParams: { click_id: 'c'.repeat(600) } }, { trafficParams: { click_id: 'c'.repeat(600) } }],
    [{ trafficParams: { tag: 't'.repeat(3_000) } }, { trafficParams: { tag: 't'.repeat(2_048) } }],
    [
      {
        trafficParams: {
          click_id: 'c'.repeat(3_000),
          gclid: 'g'.repeat(3_000),
          custom_login_link: `/${'x'.repeat(3_000)}`,
        },
      },
      {},
    ],
    [
      { trafficParams: { utm_source: 'y', 'sub.1': 'x', 'a b': 'z', ['n'.repeat(65)]: 'z' } },
      { trafficParams: { utm_source: 'y', 'sub.1': 'x' } },
    ],
    [{ trafficParams: 'tag=1' }, {}],
    [{ browserData: 'Chrome' }, {}],
    [{ browserData: { 'a\0b': ['x\0y', '\ud83d'] } }, { browserData: { ab: ['xy', ''] } }],
    [{ visitorId: 7 }, { visitorId: '7' }],
    [{ visitorId: ' vïs itor\n' }, { visitorId: 'v%C3%AFs%20itor' }],
    [{ visitorId: 'я'.repeat(100) }, { visitorId: '%D1%8F'.repeat(33) }],
    [{ clientIp: '::ffff:198.51.100.7' }, { clientIp: '198.51.100.7' }],
    [{ clientIp: '::FFFF:c633:6407' }, { clientIp: '198.51.100.7' }],
    [{ clientIp: '2001:db8::1' }, { clientIp: '2001:db8::1' }],
    [{ clientIp: '1.2.3.4; drop table' }, {}],
  ])('%j becomes %j', (given, becomes) => {
    expect(clean(given).request).toEqual({ ...required, ...becomes })
  })

  it('at most forty parameters are kept, the partner’s first', () => {
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`sub${index}`, 'x']))
    const { request } = clean({ trafficParams: { ...many, tag: 't', click_id: 'c' } })
    const { trafficParams } = request as { trafficParams: Record<string, string> }
    expect(Object.keys(trafficParams)).toHaveLength(40)
    expect(trafficParams).toMatchObject({ tag: 't', click_id: 'c', sub0: 'x' })
  })

  it('changed and unknown fields are listed', () => {
    const { changed, unknown } = clean({ name: 'Ann\0', source: '', tag: 't', trafficParams: { tag: 't' }, utm: 1 })
    expect({ changed, unknown }).toEqual({ changed: ['name'], unknown: ['tag', 'utm'] })
  })

  it('e-mail, keys and proofs are left to the schema', () => {
    const { request } = cleanRequest({ email: 7, visitorId: null, idempotencyKey: 7, verificationToken: [1] })
    expect(request).toEqual({ email: 7, visitorId: null, idempotencyKey: 7, verificationToken: [1] })
    for (const body of [null, [], 'text', 7]) expect(cleanRequest(body).request).toBe(body)
  })

  it('every descriptive field fits the schema after cleaning', () => {
    const anything = fc.oneof(fc.jsonValue({ maxDepth: 12 }), fc.string({ unit: 'binary', maxLength: 3_000 }))
    const described = fc.record(
      {
        name: anything,
        source: anything,
        siteUrl: anything,
        browserData: anything,
        clientIp: anything,
        trafficParams: fc.oneof(anything, fc.dictionary(fc.string(), anything)),
      },
      { requiredKeys: [] },
    )
    const ids = fc
      .oneof(fc.string({ unit: 'binary', minLength: 1 }), fc.integer())
      .filter((id) => `${id}`.trim() !== '')
    fc.assert(
      fc.property(described, ids, (fields, visitorId) => {
        const parsed = registrationRequestSchema.safeParse(clean({ ...fields, visitorId }).request)
        expect(parsed.error?.issues ?? []).toEqual([])
      }),
      { numRuns: 2_000, seed: 1 },
    )
    expect(Object.prototype).not.toHaveProperty('polluted')
  })
})
