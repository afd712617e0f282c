import { expect } from 'vitest'
import { linkTo, rejectedWith, succeeded } from './expected-responses.ts'
import type { RouteCase } from './route-case.ts'

const LONG = 'x'.repeat(10_000)
const JSON_BODY = { 'content-type': 'application/json' }
const NOTHING = { calls: 0, accounts: 0 }

const refusedWith = (sentence: string) => rejectedWith(400, 'INVALID_INPUT', sentence)

/** Bodies that are not a valid request. */
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

/** Invalid fields, and the sentence in the response. */
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
  [
    'a blank visitorId',
    { visitorId: ' \n' },
    'visitorId: must not be empty; visitorId: must be printable ASCII without spaces at its ends',
  ],
  [
    'a key that can be guessed',
    { idempotencyKey: '1001' },
    'idempotencyKey: must have at least 16 characters, since whoever knows it reads the outcome',
  ],
  ['a key that is a number', { idempotencyKey: 1001 }, 'idempotencyKey: must be a string'],
  ['a proof that is a list', { verificationToken: ['x'] }, 'verificationToken: must be a string'],
  [
    'several bad fields, each by its name',
    { email: 7, visitorId: null, idempotencyKey: [1] },
    'email: must be a string; visitorId: must be a string; idempotencyKey: must be a string',
  ],
]

/** JSON sent as text/plain, which a page may send without a preflight. */
const TEXT = [
  ['REST', 'The request body must be JSON, with the header content-type: application/json.'],
  ['tRPC', 'Only a page of an allowed origin may send text/plain. Use the header content-type: application/json.'],
] as const

/** Fields that only describe the visitor, and what is stored of them. */
const CLEANED: [promise: string, fields: object, stored: object][] = [
  [
    'nulls, empty texts, lists and objects',
    {
      name: null,
      trafficParams: [],
      siteUrl: '',
      source: '',
      browserData: {},
      verificationToken: null,
      clientIp: null,
    },
    { name: null, traffic_params: {}, site_url: null, source: 'orchestrated', browser_data: null },
  ],
  ['a number as click id', { trafficParams: { click_id: 12345 } }, { traffic_params: { click_id: '12345' } }],
  [
    'a long click id',
    { trafficParams: { click_id: 'c'.repeat(600) } },
    { traffic_params: { click_id: 'c'.repeat(600) } },
  ],
  ['control characters in a tag', { trafficParams: { tag: 'spring\n\t24' } }, { traffic_params: { tag: 'spring24' } }],
  ['half an emoji in a name', { name: 'Ann \ud83d' }, { name: 'Ann' }],
  ['NUL in a name', { name: 'An\0n' }, { name: 'Ann' }],
  ['a name of 10,000 characters', { name: LONG }, { name: 'x'.repeat(200) }],
  ['a name that is a list', { name: ['Ann'] }, { name: null }],
  ['a siteUrl of 10,000 characters', { siteUrl: LONG }, { site_url: 'x'.repeat(2_048) }],
  ['a source of 10,000 characters', { source: LONG }, { source: 'x'.repeat(100) }],
  [
    'parameters that the partner does not get',
    { trafficParams: { tag: 't', sub1: 'x', utm_source: 'y', fbclid: 'z' } },
    { traffic_params: { tag: 't', sub1: 'x', utm_source: 'y', fbclid: 'z' } },
  ],
  ['browserData that is a string', { browserData: 'Firefox' }, { browser_data: null }],
  ['NUL deep in browserData', { browserData: { a: [{ b: '\0' }] } }, { browser_data: { a: [{ b: '' }] } }],
  ['a visitorId that is a number', { visitorId: 7 }, { visitor_id: '7' }],
  ['a visitorId of other letters', { visitorId: 'vïs\r\nitor' }, { visitor_id: 'v%C3%AFs%0D%0Aitor' }],
  ['a visitorId of 10,000 characters', { visitorId: LONG }, { visitor_id: 'x'.repeat(200) }],
  ['an address that is none', { clientIp: '1.2.3.4; drop table' }, { client_ip: '127.0.0.1' }],
]

/** An invalid descriptive field never costs the registration. */
export const CLEANED_INPUT: RouteCase[] = [
  ...CLEANED.map(
    ([what, fields, stored]): RouteCase => ({
      title: `a request with ${what} is accepted`,
      send: ({ client, request }) => client.send(JSON.stringify({ ...request, ...fields })),
      expected: succeeded(linkTo('/deposit'), { userData: expect.anything() }),
      rows: [{ status: 'succeeded', ...stored }],
      partner: { calls: 1, accounts: 1 },
    }),
  ),
  {
    title: 'a byte-order mark before the JSON is accepted',
    send: ({ client, request }) => client.send(`\ufeff${JSON.stringify(request)}`),
    expected: succeeded(linkTo('/deposit')),
    rows: [{ status: 'succeeded' }],
    partner: { calls: 1, accounts: 1 },
  },
  {
    title:
      'an internal app may send a key in quotes, a short key and unknown fields, which the response lists as ignored',
    server: 'withAllowLists',
    transport: 'REST',
    send: ({ client, request: { idempotencyKey: _, ...request } }) =>
      client.send(JSON.stringify({ ...request, utm: 1, clientIp: '::ffff:198.51.100.7' }), {
        'content-type': 'application/json',
        'idempotency-key': '"1001"',
        authorization: 'Bearer 0123456789abcdef',
      }),
    expected: succeeded(linkTo('/deposit'), { ignored: ['utm'] }),
    rows: [{ status: 'succeeded', client_ip: '198.51.100.7' }],
    partner: { calls: 1, accounts: 1 },
  },
]

/** None of it reaches the partner or the table. */
export const BAD_INPUT: RouteCase[] = [
  ...BODIES.map(
    ([what, body, headers, sentence]): RouteCase => ({
      title: `a request with ${what} is refused`,
      server: 'untouched',
      send: ({ client }) => client.send(body, headers),
      expected: refusedWith(sentence),
      partner: NOTHING,
    }),
  ),
  ...TEXT.map(
    ([transport, sentence]): RouteCase => ({
      title: 'JSON sent as text/plain is refused',
      transport,
      server: 'untouched',
      send: ({ client, request }) => client.send(JSON.stringify(request), { 'content-type': 'text/plain' }),
      expected: refusedWith(sentence),
      partner: NOTHING,
    }),
  ),
  ...FIELDS.map(
    ([what, fields, sentence]): RouteCase => ({
      title: `a request with ${what} is refused`,
      server: 'untouched',
      send: ({ client, request }) => client.send(JSON.stringify({ ...request, ...fields })),
      expected: refusedWith(sentence),
      partner: NOTHING,
    }),
  ),
]
