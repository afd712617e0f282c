import { linkTo, rejectedWith, succeeded } from './expected-responses.ts'
import type { RouteCase } from './route-case.ts'

const NOTHING = { calls: 0, accounts: 0 }
const ONE_ACCOUNT = { calls: 1, accounts: 1 }
const INTERNAL_KEY = { authorization: 'Bearer 0123456789abcdef' }

/** Callers: pages by their origin, internal apps by their key. */
export const CALLERS: RouteCase[] = [
  {
    title: 'the client address of a caller without a key is taken from the connection',
    server: 'withAllowLists',
    send: ({ client, request }) =>
      client.orchestrateRegistration(
        { ...request, clientIp: '203.0.113.7' },
        { 'x-forwarded-for': '203.0.113.8', 'x-client-ip': '203.0.113.9' },
      ),
    expected: succeeded(linkTo('/deposit')),
    rows: [{ client_ip: '127.0.0.1' }],
    partner: ONE_ACCOUNT,
  },
  {
    title: 'an internal app may send the visitor’s address',
    server: 'withAllowLists',
    send: ({ client, request }) =>
      client.orchestrateRegistration({ ...request, clientIp: '2001:db8::7' }, INTERNAL_KEY),
    expected: succeeded(linkTo('/deposit')),
    rows: [{ client_ip: '2001:db8::7' }],
    partner: ONE_ACCOUNT,
  },
  {
    title: 'a page’s Authorization header is ignored, since a key in a page is no secret',
    server: 'withAllowLists',
    send: ({ client, request }) =>
      client.orchestrateRegistration(
        { ...request, clientIp: '203.0.113.7' },
        { ...INTERNAL_KEY, origin: 'https://www.example.com' },
      ),
    expected: succeeded(linkTo('/deposit')),
    rows: [{ client_ip: '127.0.0.1' }],
    partner: ONE_ACCOUNT,
  },
  {
    title: 'of a trusted proxy’s x-forwarded-for the last address is used',
    server: 'behindProxy',
    send: ({ client, request }) =>
      client.orchestrateRegistration(request, { 'x-forwarded-for': '198.51.100.1, ::ffff:203.0.113.8' }),
    expected: succeeded(linkTo('/deposit')),
    rows: [{ client_ip: '203.0.113.8' }],
    partner: ONE_ACCOUNT,
  },
  ...[
    ['203.0.113.8:52811', '203.0.113.8'],
    ['[2001:db8::8]:443', '2001:db8::8'],
    ['unknown', '127.0.0.1'],
  ].map(
    ([named = '', taken]): RouteCase => ({
      title: `the x-forwarded-for ${named} of a trusted proxy gives the client address ${taken}`,
      server: 'behindProxy',
      send: ({ client, request }) => client.orchestrateRegistration(request, { 'x-forwarded-for': named }),
      expected: succeeded(linkTo('/deposit')),
      rows: [{ client_ip: taken }],
      partner: ONE_ACCOUNT,
    }),
  ),
  {
    title: 'an unknown internal key is refused',
    server: 'withAllowLists',
    send: ({ client, request }) =>
      client.orchestrateRegistration(request, { authorization: 'Bearer 0123456789abcdeg' }),
    expected: rejectedWith(403, 'FORBIDDEN', 'This key is not known here.'),
    partner: NOTHING,
  },
  {
    title: 'a page of an allowed origin may register visitors',
    server: 'withAllowLists',
    send: ({ client, request }) => client.orchestrateRegistration(request, { origin: 'https://www.example.com' }),
    expected: succeeded(linkTo('/deposit')),
    rows: [{ status: 'succeeded' }],
    partner: ONE_ACCOUNT,
  },
  ...['https://evil.example', 'https://www.example.com.evil.example', 'http://www.example.com', 'null'].map(
    (origin): RouteCase => ({
      title: `a page of the origin ${origin} is refused`,
      server: 'withAllowLists',
      send: ({ client, request }) => client.orchestrateRegistration(request, { origin }),
      expected: rejectedWith(403, 'ORIGIN_NOT_ALLOWED', 'This page may not register visitors here.'),
      partner: NOTHING,
    }),
  ),
]
