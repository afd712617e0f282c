import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import pg from 'pg'
import { Pool } from 'undici'
import { createGroupCommit } from '../../../apps/server/src/store/group-commit.ts'
import { DATABASE_CONNECTIONS, type PlainBody, type PlainCommand } from './plain-command.ts'
import { answerParent } from './worker.ts'

interface User extends PlainBody {
  id: number
}

type Account = Record<'domain' | 'login' | 'password' | 'autologin' | 'deposit' | 'main', string>

/**
 * The least that a crash-safe registration can cost here: one request, one call, an intent and a result that share
 * their commits with others', by the cheapest way that each library has. No framework, no validation, no log, no
 * encryption, no limits, no metrics, and no index but the key's. What does more can't be faster.
 */
answerParent<PlainCommand, { url: string }>(async ({ databaseUrl, partnerUrl }) => {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: DATABASE_CONNECTIONS,
    options: '-c enable_seqscan=off',
  })
  await pool.query(`create table users (
    id bigint primary key, email text, name text, visitor_id text, idempotency_key text, site_url text,
    traffic_params jsonb, browser_data jsonb, domain text, login text, password text, autologin text, deposit text,
    created_at timestamptz default now(), updated_at timestamptz)`)
  const partner = new Pool(partnerUrl, { pipelining: 1 })

  /** One statement, prepared once a connection, for all rows that come at once. */
  function together<Row>(name: string, text: string): (row: Row) => Promise<void> {
    return createGroupCommit(async (rows) => {
      await pool.query({ name, text, values: [JSON.stringify(rows)] })
      return rows.map(() => ({ status: 'fulfilled', value: undefined }))
    })
  }
  const begin = together<User>(
    'begin',
    `insert into users (id, email, name, visitor_id, idempotency_key, site_url, traffic_params, browser_data)
     select id, email, name, "visitorId", "idempotencyKey", "siteUrl", "trafficParams", "browserData"
     from json_to_recordset($1::json) as (id bigint, email text, name text, "visitorId" text, "idempotencyKey" text,
       "siteUrl" text, "trafficParams" jsonb, "browserData" jsonb)`,
  )
  const settle = together<Account & { id: number }>(
    'settle',
    `update users set domain = s.domain, login = s.login, password = s.password, autologin = s.autologin,
       deposit = s.deposit, updated_at = now()
     from json_to_recordset($1::json) as s(id bigint, domain text, login text, password text, autologin text,
       deposit text)
     where users.id = s.id and s.id between 1 and 9007199254740991`,
  )

  let lastId = 0
  async function register(body: PlainBody): Promise<string> {
    const id = ++lastId
    await begin({ ...body, id })
    const account = JSON.parse(
      await post(partner, JSON.stringify({ email: body.email, ...body.trafficParams })),
    ) as Account
    await settle({ ...account, id })
    const { domain, login, password, autologin } = account
    const { email, name, visitorId } = body
    const depositUrl = `https://${domain}${account.deposit || account.main}`
    return JSON.stringify({ depositUrl, userData: { domain, login, password, autologin, email, name, visitorId } })
  }

  const server = createServer(async (request, response) => {
    if (request.method !== 'POST') return response.writeHead(404).end()
    const answer = await register(JSON.parse(await textOf(request)))
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answer) }
    return response.writeHead(200, headers).end(answer)
  })
  await once(server.listen({ host: '127.0.0.1', port: 0, backlog: 8_192 }), 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
})

/** The body of what the partner answers. */
function post(partner: Pool, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    partner.dispatch(
      { path: '/register', method: 'POST', headers: { 'content-type': 'application/json' }, body },
      {
        onRequestStart: () => undefined,
        onResponseStart: () => undefined,
        onResponseData: (_, chunk) => void chunks.push(chunk),
        onResponseEnd: () => resolve(Buffer.concat(chunks).toString()),
        onResponseError: (_, error) => reject(error),
      },
    )
  })
}

function textOf(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => resolve(Buffer.concat(chunks).toString()))
    request.on('error', reject)
  })
}
