import fc from 'fast-check'

/** One request. The client adds only its length. */
export interface HostileRequest {
  method: string
  path: string
  headers: Record<string, string>
  body: Uint8Array
}

const ROUTES = [
  '/api/users/orchestrate-registration',
  '/api/users/registration-status',
  '/trpc/orchestrateRegistration',
  '/trpc/registrationStatus',
]

/** Values that have broken servers before. */
const NASTY = fc.constantFrom(
  '',
  ' ',
  '\0',
  '\ud800',
  '\udfff\ud800',
  '\u202eann@example.com',
  'a\u0300'.repeat(300),
  'ann@example.com\r\nx-visitor-id: other',
  'visitor\r\nContent-Length: 0\r\n\r\nGET / HTTP/1.1',
  'аnn@example.com',
  'ann@exаmple.com',
  'ann@example。com',
  'ANN@EXAMPLE.COM',
  'ı@example.com',
  'ß@example.com',
  '"ann"@example.com',
  'ann@[127.0.0.1]',
  `${'a'.repeat(64)}@${'b'.repeat(63)}.com`,
  `${'a.'.repeat(5_000)}@x.yz`,
  `x@${'a.'.repeat(5_000)}yz`,
  '__proto__',
  'constructor',
  'toString',
  "'; drop table registrations; --",
  '../../../etc/passwd',
  '<script>alert(1)</script>',
  '%00%0d%0a',
  '::1',
  '127.0.0.1',
  'fe80::1%eth0',
  '999.1.1.1',
)

const anyText = fc.oneof(
  NASTY,
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.string({ maxLength: 3_000 }),
)

/** JSON values, and some with a very deep nesting. */
const anyJson = fc.oneof(
  fc.jsonValue({ maxDepth: 12 }),
  anyText,
  fc
    .integer({ min: 1, max: 3_000 })
    .map((depth) => `${'['.repeat(depth)}${']'.repeat(depth)}`)
    .map(parsed),
  fc
    .integer({ min: 1, max: 1_500 })
    .map((depth) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`)
    .map(parsed),
)

const FIELDS = [
  'email',
  'name',
  'visitorId',
  'trafficParams',
  'idempotencyKey',
  'siteUrl',
  'source',
  'browserData',
  'verificationToken',
  'clientIp',
  '__proto__',
  'constructor',
] as const

/** A valid request with some replaced fields. Builds the JSON by hand, since an object would lose `__proto__`. */
const nearlyValid = fc
  .tuple(fc.uuid(), fc.array(fc.tuple(fc.constantFrom(...FIELDS), anyJson), { minLength: 1, maxLength: 4 }))
  .map(([id, changes]) => {
    const valid: [string, unknown][] = [
      ['email', `${id}@example.com`],
      ['visitorId', 'v'],
      ['idempotencyKey', id],
    ]
    const members = [...valid.filter(([name]) => !changes.some(([changed]) => changed === name)), ...changes]
    return `{${members.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join()}}`
  })

const polluting = fc.constantFrom(
  '{"__proto__":{"polluted":true,"email":"ann@example.com","visitorId":"v"}}',
  '{"constructor":{"prototype":{"polluted":true}},"email":1}',
  '{"email":{"__proto__":{"polluted":true}},"visitorId":"v"}',
  '{"email":"x","trafficParams":{"__proto__":{"polluted":true}}}',
  '{"email":"x","browserData":{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}}',
)

const body = fc.oneof(
  fc.uint8Array({ maxLength: 2_000 }),
  fc
    .oneof(
      { weight: 4, arbitrary: nearlyValid },
      polluting,
      fc.json(),
      anyText,
      fc.string({ minLength: 16_300, maxLength: 16_500 }),
    )
    .map((text) => new TextEncoder().encode(text)),
)

/** Text that a header can contain. */
const headerText = fc.oneof(
  NASTY.map((text) => text.replaceAll(/[^\x20-\x7e\x80-\xff]/g, '?')),
  fc.string({ maxLength: 300 }),
)

const headers = fc.record(
  {
    'content-type': fc.oneof(
      { weight: 5, arbitrary: fc.constant('application/json') },
      fc.constantFrom(
        'text/plain',
        'application/json; charset=utf-16',
        'multipart/form-data',
        'application/x-www-form-urlencoded',
        'application/json,text/plain',
        '',
      ),
      headerText,
    ),
    origin: fc.constantFrom('https://registration.test', 'null', 'https://evil.example', 'file://', ''),
    'idempotency-key': headerText,
    authorization: fc.oneof(
      headerText,
      headerText.map((text) => `Bearer ${text}`),
    ),
    'sec-fetch-site': fc.constantFrom('same-origin', 'cross-site', 'none', 'x'),
    'x-forwarded-for': headerText,
    'x-visitor-id': headerText,
    'content-encoding': fc.constantFrom('gzip', 'br', 'identity', 'x'),
    cookie: headerText,
    accept: headerText,
    'trpc-accept': fc.constantFrom('application/jsonl', 'x'),
    'trpc-batch-mode': fc.constantFrom('stream', 'x'),
  },
  { requiredKeys: [] },
)

const path = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...ROUTES) },
  fc.constantFrom(
    '/trpc/orchestrateRegistration,registrationStatus?batch=1',
    '/trpc/orchestrateRegistration?batch=1',
    '/trpc/__proto__',
    '/trpc/constructor.name',
    '/trpc/orchestrateRegistration?input=%7B%7D',
    '/api/users/%2e%2e/livez',
    '/%',
    '/%ff',
    '//evil.example/trpc',
    '/api/users/orchestrate-registration/',
  ),
  fc.webPath().map((any) => (any.startsWith('/') ? any : `/${any}`)),
)

const method = fc.oneof(
  { weight: 8, arbitrary: fc.constant('POST') },
  fc.constantFrom('GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'TRACE'),
)

export const hostileRequest: fc.Arbitrary<HostileRequest> = fc.record({ method, path, headers, body })

/** Bytes that a client library would never send. */
export const hostileBytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 500 }),
  fc
    .tuple(fc.constantFrom(...ROUTES), fc.string({ unit: 'binary', maxLength: 200 }), fc.string({ unit: 'binary' }))
    .map(([route, header, text]) =>
      new TextEncoder().encode(
        `POST ${route} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${header}\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
      ),
    ),
)

function parsed(json: string): unknown {
  return JSON.parse(json)
}
