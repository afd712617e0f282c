import { createPartner } from '../../../src/partner/create-partner.ts'
import { createMemberClub } from './member-club/create-member-club.ts'
import type { PartnerDialect } from './partner-dialect.ts'

const rejection = (message: string) => ({ status: 400, body: JSON.stringify({ message }) })

export const todaysPartner: PartnerDialect = {
  name: 'today’s partner',
  create: createPartner,
  account: (domain, deposit, password) => ({
    status: 200,
    body: JSON.stringify({ success: true, domain, deposit, login: 7, password }),
  }),
  rejections: [
    [rejection('This e-mail is already registered'), 'ALREADY_REGISTERED', 'This e-mail is already registered'],
    [rejection('Multiple accounts are not allowed'), 'MULTIPLE_ACCOUNTS', 'Multiple accounts are not allowed'],
    [rejection('Not from your country'), 'PARTNER_REJECTED', 'Not from your country'],
  ],
  empty: [
    { status: 200, body: '' },
    { status: 200, body: '{}' },
    { status: 200, body: '{"success":true' },
    { status: 404, body: '<html>' },
  ],
  keyIn: (request) => /^idempotency-key: (\S+)\r$/im.exec(request)?.[1],
}

const error = (status: number, code: string, message: string) => ({
  status,
  body: `<error code="${code}">${message}</error>`,
})
const member = (ref: string, host: string, path: string, password: string) =>
  `<member ref="${ref}"><host>${host}</host><enter>${path}</enter><id>7</id><secret>${password}</secret></member>`

export const memberClub: PartnerDialect = {
  name: 'a member club',
  create: createMemberClub,
  account: (host, path, password) => ({ status: 201, body: member('somebody', host, path, password) }),
  rejections: [
    [error(409, 'mail-taken', 'A member has this address'), 'ALREADY_REGISTERED', 'A member has this address'],
    [error(403, 'one-per-household', 'One per household'), 'MULTIPLE_ACCOUNTS', 'One per household'],
    [error(422, 'too-young', 'Members are grown-ups'), 'PARTNER_REJECTED', 'Members are grown-ups'],
  ],
  empty: [
    { status: 201, body: '' },
    { status: 200, body: '<html>' },
    { status: 201, body: '<member ref="x"><host>club.example</host>' },
    { status: 400, body: 'no' },
  ],
  keyIn: (request) => /^x-request-key: (\S+)\r$/im.exec(request)?.[1],
  lookUp: {
    member: (ref, password) => ({ status: 200, body: member(ref, 'club.example', '/enter', password) }),
    none: { status: 404, body: '<none/>' },
  },
}
