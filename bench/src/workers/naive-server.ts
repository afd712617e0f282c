import Fastify from 'fastify'
import pg from 'pg'
import { DATABASE_CONNECTIONS, type PlainBody, type PlainCommand } from './plain-command.ts'
import { answerParent } from './worker.ts'

/**
 * What somebody writes who wants the two steps in one route and nothing else: no validation, no log, no encryption, no
 * limits, and a visitor who is lost when the process ends between the partner's answer and the insert.
 */
answerParent<PlainCommand, { url: string }>(async ({ databaseUrl, partnerUrl }) => {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: DATABASE_CONNECTIONS })
  await pool.query(`create table users (
    id bigint generated always as identity primary key, visitor_id text, source text, site_url text, domain text,
    login text, password text, autologin text, custom_login_link text, deposit text, main text, success boolean,
    client_ip text, name text, email text, browser_data jsonb, created_at timestamptz default now())`)
  const server = Fastify()

  server.post<{ Body: PlainBody }>('/register', async (request) => {
    const { email, name, visitorId, siteUrl, source = 'naive', trafficParams, browserData } = request.body
    const response = await fetch(`${partnerUrl}/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-visitor-id': visitorId, 'x-client-ip': request.ip },
      body: JSON.stringify({ email, ...trafficParams }),
    })
    const { success, domain, login, password, autologin, deposit, main, custom_login_link } =
      (await response.json()) as Record<string, string>
    await pool.query(
      `insert into users (visitor_id, source, site_url, domain, login, password, autologin, custom_login_link, deposit,
        main, success, client_ip, name, email, browser_data)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
      [
        ...[visitorId, source, siteUrl, domain, login, password, autologin, custom_login_link, deposit, main, success],
        ...[request.ip, name, email, browserData],
      ],
    )
    const depositUrl = `https://${domain}${custom_login_link || deposit || main}`
    return { success, depositUrl, userData: { domain, login, password, autologin, email, name, visitorId } }
  })
  return { url: await server.listen({ host: '127.0.0.1', port: 0, backlog: 8_192 }) }
})
