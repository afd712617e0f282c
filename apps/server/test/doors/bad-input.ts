import { refused } from './replies.ts'
import type { Row } from './row.ts'

const LONG = 'x'.repeat(10_000)
const JSON_BODY = { 'content-type': 'application/json' }
const NOTHING = { calls: 0, accounts: 0 }

const refusedWith = (sentence: string) => refused(400, 'INVALID_INPUT', sentence)

/** Bodies that are no request at all. */
const BODIES: [promise: string, body: string, headers: Record<string, string>, sentence: string][] = [
  ['broken JSON', '{"email": ', JSON_BODY, 'The request body must be valid JSON.'],
  ['an empty body', '', JSON_BODY, 'The request body must be valid JSON.'],
  ['an array', '[]', JSON_BODY, 'The request body must be a JSON object'],
  ['null', 'null', JSON_BODY, 'The request body must be a JSON object'],
  ['a string', '"ann@example.com"', JSON_BODY, 'The request body must be a JSON object'],
  ['a number', '7', JSON_BODY, 'The request body must be a JSON object'],
  [
    'a form',
    'email=ann%40example.com&visitorId=v',
    { 'content-type': 'application/x-www-form-urlencoded' },
    'The request body must be JSON, with the header content-type: application/json.',
  ],
  [
    'more than 16 KiB',
    JSON.stringify({ email: 'ann@example.com', visitorId: 'v', browserData: { padding: LONG + LONG } }),
    JSON_BODY,
    'The request body must have at most 16 KiB.',
  ],
]

/** What a field must not be, and how the answer names it. */
const FIELDS: [promise: string, fields: object, sentence: string][] = [
  ['a missing e-mail', { email: undefined }, 'email: must be a string'],
  ['an e-mail of the wrong type', { email: { $ne: null } }, 'email: must be a string'],
  ['an empty e-mail', { email: '   ' }, 'email: must not be empty; email: must be an e-mail address'],
  ['an e-mail that is none', { email: 'ann' }, 'email: must be an e-mail address'],
  ['two e-mails in one', { email: 'ann@example.com,bob@example.com' }, 'email: must be an e-mail address'],
  [
    'an e-mail with a line break',
    { email: 'ann@example.com\r\nbcc: b@example.com' },
    'email: must be an e-mail address',
  ],
  [
    'an e-mail of 10,000 characters',
    { email: `${LONG}@example.com` },
    'email: must have at most 254 characters; email: must be an e-mail address',
  ],
  ['a missing visitorId', { visitorId: undefined }, 'visitorId: must be a string'],
  ['a visitorId that is a number', { visitorId: 7 }, 'visitorId: must be a string'],
  [
    'a line break in visitorId, which travels in a header',
    { visitorId: 'v\r\nx-client-ip: 1.2.3.4' },
    'visitorId: must be printable ASCII without spaces at its ends',
  ],
  ['a visitorId of 10,000 characters', { visitorId: LONG }, 'visitorId: must have at most 200 characters'],
  [
    'NUL in a name',
    { name: 'An\0n' },
    'name: must not contain NUL or lone surrogates; name: must not contain control characters',
  ],
  ['a lone surrogate in a name', { name: '\ud83d' }, 'name: must not contain NUL or lone surrogates'],
  ['a name of 10,000 characters', { name: LONG }, 'name: must have at most 200 characters'],
  ['a name that is null', { name: null }, 'name: must be a string'],
  ['traffic parameters that are a list', { trafficParams: ['tag'] }, 'trafficParams: must be an object'],
  ['a traffic parameter that is a number', { trafficParams: { tag: 7 } }, 'trafficParams.tag: must be a string'],
  [
    'a traffic parameter of 10,000 characters',
    { trafficParams: { click_id: LONG } },
    'trafficParams.click_id: must have at most 500 characters',
  ],
  [
    'an empty key',
    { idempotencyKey: '' },
    'idempotencyKey: must not be empty; idempotencyKey: must be printable ASCII without spaces at its ends',
  ],
  ['a key that is an object', { idempotencyKey: {} }, 'idempotencyKey: must be a string'],
  ['a siteUrl of 10,000 characters', { siteUrl: LONG }, 'siteUrl: must have at most 2048 characters'],
  ['a source of 10,000 characters', { source: LONG }, 'source: must have at most 100 characters'],
  ['browserData that is a string', { browserData: 'Firefox' }, 'browserData: must be an object'],
  [
    'NUL deep in browserData',
    { browserData: { a: [{ b: '\0' }] } },
    'browserData: must not contain NUL or lone surrogates',
  ],
  [
    'browserData nested 9 deep',
    { browserData: { 1: { 2: { 3: { 4: { 5: { 6: { 7: { 8: { 9: 1 } } } } } } } } } },
    'browserData: must not be nested more than 8 deep',
  ],
  ['a proof that is an object', { verificationToken: {} }, 'verificationToken: must be a string'],
  ['an address that is none', { clientIp: '1.2.3.4; drop table' }, 'clientIp: must be an IPv4 or IPv6 address'],
  [
    'several bad fields, each by its name',
    { email: 7, visitorId: null, name: [], source: false },
    'email: must be a string; name: must be a string; visitorId: must be a string; source: must be a string',
  ],
]

/** JSON that calls itself text: a page may send such a thing without asking by a preflight first. */
const TEXT = [
  ['REST', 'The request body must be JSON, with the header content-type: application/json.'],
  ['tRPC', 'Only a page of an allowed origin may send text/plain. Use the header content-type: application/json.'],
] as const

/** None of it reaches the partner or the table. */
export const BAD_INPUT: Row[] = [
  ...BODIES.map(
    ([what, body, headers, sentence]): Row => ({
      it: `refuses ${what}`,
      world: 'pristine',
      send: ({ client }) => client.send(body, headers),
      reply: refusedWith(sentence),
      partner: NOTHING,
    }),
  ),
  ...TEXT.map(
    ([door, sentence]): Row => ({
      it: 'refuses JSON that calls itself text',
      door,
      world: 'pristine',
      send: ({ client, request }) => client.send(JSON.stringify(request), { 'content-type': 'text/plain' }),
      reply: refusedWith(sentence),
      partner: NOTHING,
    }),
  ),
  ...FIELDS.map(
    ([what, fields, sentence]): Row => ({
      it: `refuses ${what}`,
      world: 'pristine',
      send: ({ client, request }) => client.send(JSON.stringify({ ...request, ...fields })),
      reply: refusedWith(sentence),
      partner: NOTHING,
    }),
  ),
]
