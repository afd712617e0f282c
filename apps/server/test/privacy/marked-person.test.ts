import type { RegistrationSucceeded } from '@registration/shared'
import { expect, it } from 'vitest'
import { REGISTRATION_FIELDS } from '../../src/store/registration-fields.ts'
import { runCommand } from '../support/run-commands.ts'
import { startServer, type TestServer } from '../support/start-server.ts'

const MARK = 'zyxmark'
const ADDRESS = '203.0.113.77'
const INTERNAL_KEY = 'Q2FuIG9ubHkgYmUgYSB0ZXN0'
const person = {
  email: `${MARK}@example.com`,
  name: `Ann ${MARK}`,
  visitorId: `visitor-${MARK}`,
  trafficParams: { tag: MARK, click_id: `click-${MARK}`, sub1: MARK, custom_login_link: `/${MARK}` },
  siteUrl: `https://www.example.com/?from=${MARK}`,
  source: `source of ${MARK}`,
  browserData: { screen: MARK, nested: { [MARK]: 1 } },
  clientIp: ADDRESS,
}

/** Columns of free text that hold only the server's own words, or the partner's host. A new column must be marked or listed here. */
const OWN_WORDS = [
  ...[
    'status',
    'rejection_code',
    'stuck_reason',
    'partner_domain',
    'begun_by',
    'traceparent',
    'partner_secrets',
    'history',
  ],
]

/** Every cell of every table, as a reader of the database sees it. */
async function allCells({ database }: TestServer): Promise<string> {
  const { rows } = await database.query(
    `select query_to_xml(format('select * from %I.%I', schemaname, tablename), true, false, '')::text as xml
     from pg_tables where schemaname = 'public'`,
  )
  return rows.map(({ xml }) => xml).join('\n')
}

it('after an erasure no table contains any field of the person', async () => {
  await using server = await startServer({
    env: {
      INTERNAL_API_KEYS: `crm:${INTERNAL_KEY}`,
      REQUEST_DEADLINE_MS: '1500',
      WEBHOOK_ENDPOINTS: 'mail:http://127.0.0.1:9/events',
      WEBHOOK_SECRETS: `mail:whsec_${Buffer.alloc(32, 1).toString('base64')}`,
    },
  })
  const headers = { authorization: `Bearer ${INTERNAL_KEY}` }
  const register = (key: string) =>
    server.rest.orchestrateRegistration({ ...person, idempotencyKey: `${MARK} ${key}` }, headers)

  const { answer } = await register('first')
  server.partner.misbehave(person.email, 'rejected', { message: `Nobody called ${MARK} may register` })
  await register('rejected')
  const { userData, depositUrl } = answer as RegistrationSucceeded
  const secrets = [depositUrl, userData.login, userData.password, userData.autologin].map(String)

  const { rows } = await server.database.query('select * from registrations')
  const isFreeText = ([column, { type }]: [string, { type: string }]) =>
    (type === 'text' || type === 'jsonb') && !OWN_WORDS.includes(column)
  const personal = Object.entries(REGISTRATION_FIELDS).filter(isFreeText)
  for (const [column] of personal) {
    const cells = rows.map((row) => JSON.stringify(row[column]))
    const marks = [MARK, ...secrets]
    expect(`${column}: ${cells.some((cell) => marks.some((mark) => cell.includes(mark)))}`).toBe(`${column}: true`)
  }
  expect(await allCells(server)).toContain(ADDRESS)

  const { exitCode } = await runCommand(
    { ...server.replica, ENCRYPTION_KEYS: `test:${Buffer.alloc(32, 1).toString('base64')}` },
    ['erase', '--email', person.email, '--reason', 'ticket 17', '--by', 'an operator', '--yes'],
  )
  expect(exitCode).toBe(0)
  const cells = await allCells(server)
  for (const mark of [MARK, ADDRESS, ...secrets]) expect(cells).not.toContain(mark)
})
