import { linkTo, refused, succeeded } from './replies.ts'
import type { Row } from './row.ts'

const NOTHING = { calls: 0, accounts: 0 }
const ONE_ACCOUNT = { calls: 1, accounts: 1 }
const INTERNAL_KEY = { authorization: 'Bearer 0123456789abcdef' }

/** Who calls: pages by their origin, internal apps by their key. */
export const CALLERS: Row[] = [
  {
    it: 'takes the address from the connection, whatever a caller without a key says',
    world: 'known',
    send: ({ client, request }) =>
      client.orchestrateRegistration(
        { ...request, clientIp: '203.0.113.7' },
        { 'x-forwarded-for': '203.0.113.8', 'x-client-ip': '203.0.113.9' },
      ),
    reply: succeeded(linkTo('/deposit')),
    onFile: [{ client_ip: '127.0.0.1' }],
    partner: ONE_ACCOUNT,
  },
  {
    it: 'takes the visitor’s address from an internal app',
    world: 'known',
    send: ({ client, request }) =>
      client.orchestrateRegistration({ ...request, clientIp: '2001:db8::7' }, INTERNAL_KEY),
    reply: succeeded(linkTo('/deposit')),
    onFile: [{ client_ip: '2001:db8::7' }],
    partner: ONE_ACCOUNT,
  },
  {
    it: 'ignores a page’s Authorization header: what ships to browsers is no secret',
    world: 'known',
    send: ({ client, request }) =>
      client.orchestrateRegistration(
        { ...request, clientIp: '203.0.113.7' },
        { ...INTERNAL_KEY, origin: 'https://www.example.com' },
      ),
    reply: succeeded(linkTo('/deposit')),
    onFile: [{ client_ip: '127.0.0.1' }],
    partner: ONE_ACCOUNT,
  },
  {
    it: 'believes x-forwarded-for of a trusted proxy alone, and only its last word',
    world: 'proxied',
    send: ({ client, request }) =>
      client.orchestrateRegistration(request, { 'x-forwarded-for': '198.51.100.1, ::ffff:203.0.113.8' }),
    reply: succeeded(linkTo('/deposit')),
    onFile: [{ client_ip: '203.0.113.8' }],
    partner: ONE_ACCOUNT,
  },
  ...[
    ['203.0.113.8:52811', '203.0.113.8'],
    ['[2001:db8::8]:443', '2001:db8::8'],
    ['unknown', '127.0.0.1'],
  ].map(
    ([named = '', taken]): Row => ({
      it: `takes ${taken} from a trusted proxy that says ${named}`,
      world: 'proxied',
      send: ({ client, request }) => client.orchestrateRegistration(request, { 'x-forwarded-for': named }),
      reply: succeeded(linkTo('/deposit')),
      onFile: [{ client_ip: taken }],
      partner: ONE_ACCOUNT,
    }),
  ),
  {
    it: 'refuses a key that it does not know',
    world: 'known',
    send: ({ client, request }) =>
      client.orchestrateRegistration(request, { authorization: 'Bearer 0123456789abcdeg' }),
    reply: refused(403, 'FORBIDDEN', 'This key is not known here.'),
    partner: NOTHING,
  },
  {
    it: 'registers visitors of an allowed page',
    world: 'known',
    send: ({ client, request }) => client.orchestrateRegistration(request, { origin: 'https://www.example.com' }),
    reply: succeeded(linkTo('/deposit')),
    onFile: [{ status: 'succeeded' }],
    partner: ONE_ACCOUNT,
  },
  ...['https://evil.example', 'https://www.example.com.evil.example', 'http://www.example.com', 'null'].map(
    (origin): Row => ({
      it: `refuses the page of the origin ${origin}`,
      world: 'known',
      send: ({ client, request }) => client.orchestrateRegistration(request, { origin }),
      reply: refused(403, 'ORIGIN_NOT_ALLOWED', 'This page may not register visitors here.'),
      partner: NOTHING,
    }),
  ),
]
