import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { MISBEHAVIOURS, type MisbehaviourName, startPartnerSandbox } from '@registration/partner-sandbox'
import { eventually } from '@registration/test-harness'
import pg from 'pg'
import { expect, it } from 'vitest'
import { openDatabaseProxy } from '../support/database-proxy.ts'
import { findLeaks } from '../support/find-leaks.ts'
import { freePort } from '../support/free-port.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { exchangeRaw } from '../support/raw-exchange.ts'
import { createRestClient } from '../support/rest-client.ts'
import { runSource, type SourceProcess } from '../support/run-source.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import type { HeadersOf, TestResponse, TransportClient } from '../support/transport-client.ts'
import { createTrpcClient } from '../support/trpc-client.ts'
import { startCollector } from '../tracing/support/start-collector.ts'
import { createMarkedVisitor, MARK, marked } from './create-marked-visitor.ts'

const PAGE = {
  origin: 'https://www.example.com',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  tracestate: `vendor=${marked('tracestate')}`,
  baggage: `who=${marked('baggage')}`,
}
const KEY = randomBytes(32).toString('base64')
const OTHER_KEY = randomBytes(32).toString('base64')

/** The level `trace` writes what all others write, and runs with every misbehaviour. Other levels run with one of each kind. */
const SOME: MisbehaviourName[] = ['no-link', 'only-autologin', 'rejected', 'reset', 'server-error-500-after-creating']

/** Everything that the run has written, by place. */
interface Written {
  /** Standard output and error of servers and commands. */
  streams: string
  /** The files in DATA_DIR, at several moments. */
  files: string
  /** The headers of every response, and the bodies of errors. */
  answers: string
  /** All spans that were sent. */
  traces: string
  metrics: string
  /** All cells of the table `registrations`. */
  registrations: string
  /** Every other table. */
  otherTables: string
  /** Values that may be in plain text only in a successful response. */
  secrets: string[]
}

async function runEverything(LOG_LEVEL: string): Promise<Written> {
  await using open = new AsyncDisposableStack()
  const folder = open.use(temporaryFolder())
  const { sandbox, url: PARTNER_URL } = open.use(await startPartnerSandbox())
  const databaseUrl = await freshDatabase()
  const databaseProxy = open.use(await openDatabaseProxy(databaseUrl))
  const database = open.adopt(new pg.Pool({ connectionString: databaseUrl, max: 1 }), (pool) => pool.end())
  const secret = marked('verificationsecret')
  const internalKey = marked('internalkey')
  const webhookSecret = `whsec_${randomBytes(32).toString('base64')}`
  const operatorKey = marked('operatorkey')
  const collector = open.use(await startCollector())
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const env = {
    LOG_LEVEL,
    PORT: String(port),
    PUBLIC_URL: 'https://registration.test',
    DATABASE_URL: databaseProxy.url,
    DATA_DIR: folder.path,
    PARTNER_URL,
    PARTNER_TIMEOUT_MS: '600',
    REQUEST_DEADLINE_MS: '800',
    ALLOWED_ORIGINS: PAGE.origin,
    VERIFICATION: 'hs256',
    VERIFICATION_SECRET: secret,
    INTERNAL_API_KEYS: `crm:${internalKey}`,
    OPERATOR_API_KEYS: `ann:${operatorKey}`,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    ENCRYPTION_KEYS: `k1:${KEY}`,
    REDIRECT_HOSTS: 'partner.example',
    RATE_LIMIT_IP: 'off',
    RATE_LIMIT_EMAIL: '3/hour',
    // Nothing listens there, so every attempt is logged as failed.
    WEBHOOK_ENDPOINTS: `crm:http://127.0.0.1:9/${marked('hook')}`,
    WEBHOOK_SECRETS: `crm:${webhookSecret}`,
  }
  const written: Written = {
    streams: '',
    files: '',
    answers: '',
    traces: '',
    metrics: '',
    registrations: '',
    otherTables: '',
    secrets: [KEY, OTHER_KEY, webhookSecret],
  }
  const record = ({ status, headers, answer }: TestResponse) => {
    // The excluded header contains only the page's own origin.
    written.answers += JSON.stringify([...headers].filter(([name]) => name !== 'access-control-allow-origin'))
    if (status >= 300) written.answers += JSON.stringify(answer)
    if ('userData' in answer) {
      const { password, autologin } = answer.userData
      written.secrets.push(...[password, autologin].flatMap((value) => (value ? [String(value)] : [])))
    }
  }
  const readFiles = () => {
    for (const file of readdirSync(folder.path)) written.files += readFileSync(join(folder.path, file), 'latin1')
  }
  const visitor = (what?: string) => createMarkedVisitor(secret, what)

  const server = open.use(runSource('main.ts', env))
  await untilReady(url, server)
  const clients: TransportClient[] = [createRestClient(url), createTrpcClient(url)]
  const send = async (client: TransportClient, what?: string, headers: HeadersOf = PAGE) => {
    const request = await visitor(what)
    written.secrets.push(request.verificationToken ?? '', request.idempotencyKey ?? '')
    record(await client.orchestrateRegistration(request, headers))
    return request
  }

  for (const [index, client] of clients.entries()) {
    // All misbehaviours of the partner. Their results are the same over both transports, so each runs one half.
    const names = LOG_LEVEL === 'trace' ? (Object.keys(MISBEHAVIOURS) as MisbehaviourName[]) : SOME
    for (const name of names.filter((_, place) => place % clients.length === index)) {
      const request = await visitor()
      sandbox.misbehave(request.email, name, { delayMs: 700, message: 'No', times: 2 })
      record(await client.orchestrateRegistration(request, PAGE))
      record(await client.registrationStatus({ idempotencyKey: request.idempotencyKey ?? '' }, PAGE))
    }

    // All errors of callers. First waits until the circuit breaker, which the misbehaviours have opened, is closed again.
    // Another visitor for each attempt, since every new registration counts against its e-mail's rate limit.
    let known = await visitor()
    const succeeds = async () => {
      known = await visitor()
      return (await client.orchestrateRegistration(known, PAGE)).status
    }
    await eventually(async () => expect(await succeeds()).toBe(200), { everyMs: 500 })
    const { verificationToken: _, ...unproven } = await visitor()
    const refused = [
      unproven,
      { ...unproven, verificationToken: marked('token') },
      { ...known, email: `${marked('other')}@example.com` },
      { ...known, idempotencyKey: marked('key') },
      {
        ...known,
        email: marked('noaddress'),
        visitorId: `${marked('id')}\r\nx: y`,
        name: `${MARK}\0`,
        clientIp: marked('ip'),
      },
      { ...known, trafficParams: { tag: `${MARK}\n` }, browserData: { [MARK]: `${MARK}\ud800` } },
    ]
    for (const request of refused) record(await client.orchestrateRegistration(request, PAGE))
    for (let times = 0; times < 4; times++)
      record(await client.orchestrateRegistration({ ...known, idempotencyKey: marked('key') }, PAGE))
    record(await client.orchestrateRegistration(known, { authorization: `Bearer ${internalKey}` }))
    record(await client.orchestrateRegistration(known, { authorization: `Bearer ${marked('wrongkey')}` }))
    record(await client.orchestrateRegistration(known, { origin: `https://${marked('origin')}.example` }))
    record(
      await client.orchestrateRegistration(known, { 'x-forwarded-for': marked('address'), cookie: marked('cookie') }),
    )
    record(await client.registrationStatus({ idempotencyKey: marked('unknownkey') }, PAGE))
    for (const body of [`{"email": "${MARK}`, `"${MARK}"`, JSON.stringify({ ...known, siteUrl: MARK.repeat(4_000) })]) {
      record(await client.send(body, { 'content-type': 'application/json', ...PAGE }))
    }
    record(await client.send(`email=${MARK}`, { 'content-type': `application/${MARK}`, ...PAGE }))

    // Failures of the database.
    await database.query(`alter table registrations
      add constraint no_refused check (email not like '${MARK}refused%') not valid,
      add constraint no_unsettled check (email not like '${MARK}unsettled%' or status = 'pending') not valid`)
    await send(client, 'refused')
    // Tries again, since a machine too busy to send the call in the send window has no result to journal.
    await eventually(async () => {
      await send(client, 'unsettled')
      readFiles()
      expect(written.files).toMatch(/k1:~?[\w-]{100}/)
    })
    await database.query('alter table registrations drop constraint no_refused, drop constraint no_unsettled')
    const late = await visitor()
    const answer = Promise.withResolvers<void>()
    sandbox.misbehave(late.email, 'slow-answer', { until: answer.promise })
    const answering = client.orchestrateRegistration(late, PAGE)
    // On a machine too busy to send the call in the send window, the response comes without a call.
    await Promise.race([
      sandbox.ledger.until(({ calls }) => calls.some(({ email }) => email === late.email)),
      answering,
    ])
    await databaseProxy.disable()
    answer.resolve()
    record(await answering)
    await send(client)
    readFiles()
    await databaseProxy.enable()
  }

  // Bytes that are no valid request, and an unknown route.
  for (const bytes of [
    `POST /${MARK} HTTP/1.1\r\nHost: x\r\n${MARK}: ${MARK}\x01\r\n\r\n`,
    `${MARK} / HTTP/1.1\r\n\r\n`,
    `GET / HTTP/1.1\r\nHost: x\r\nx-${MARK}: ${MARK.repeat(2_000)}\r\n\r\n`,
  ]) {
    written.answers += (await exchangeRaw(url, bytes)).text
  }
  const nowhere = await fetch(`${url}/nowhere?email=${MARK}`)
  written.answers += JSON.stringify([...nowhere.headers]) + (await nowhere.text())
  const metrics = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${operatorKey}` } })
  written.metrics += await metrics.text()
  // A registration for the recovery of the next process: this process ends before the call's lease.
  let lost = await visitor()
  const leavesUnfinished = async () => {
    lost = await visitor()
    sandbox.misbehave(lost.email, 'reset-after-creating', { times: 1 })
    const response = await createRestClient(url).orchestrateRegistration(lost, PAGE)
    record(response)
    return response.status === 202
  }
  await eventually(async () => expect(await leavesUnfinished()).toBe(true), { everyMs: 500 })
  await server.stop()
  written.streams += server.written()

  // The next process has another key and recovers the unfinished registration. The commands run once, since LOG_LEVEL does not affect them.
  const next = open.use(runSource('main.ts', { ...env, ENCRYPTION_KEYS: `k2:${OTHER_KEY},k1:${KEY}` }))
  await untilReady(url, next)
  const known = await createMarkedVisitor(secret)
  record(await createRestClient(url).orchestrateRegistration(known, PAGE))
  await eventually(async () => expect(await isRecovered(database, lost.email)).toBe(true))
  Object.assign(written, await tablesOf(database))
  const commandEnv = { ...env, ENCRYPTION_KEYS: `k2:${OTHER_KEY},k1:${KEY}` }
  const ERASE = ['erase', '--email', known.email, '--reason', 'ticket 17', '--yes']
  const commands = [
    [['re-encrypt'], commandEnv],
    [['re-encrypt', '--json'], { ...commandEnv, DATABASE_URL: `postgres://x:${MARK}@127.0.0.1:9/x` }],
    [['re-encrypt', '--json'], { ...commandEnv, DATABASE_URL: `postgres://x:${MARK}@[/x` }],
    [['erase', '--email', known.email], commandEnv],
    [ERASE, commandEnv],
  ] as const
  for (const [args, runEnv] of LOG_LEVEL === 'trace' ? commands : []) {
    const command = open.use(runSource('cli/registration.ts', runEnv, [...args]))
    await command.ended
    written.streams += command.written()
  }
  await next.stop()
  written.streams += next.written()
  written.traces += collector.received()
  // A server that cannot start.
  const broken = open.use(runSource('main.ts', { ...env, DATABASE_URL: `postgres://x:${MARK}@[/x` }))
  await broken.ended
  written.streams += broken.written()
  readFiles()
  for (const { login, password } of sandbox.ledger.accounts) {
    written.secrets.push(password, createHash('sha256').update(`${login}:${password}`).digest('hex').slice(0, 32))
  }
  return written
}

/** Polls /readyz, since quiet log levels do not log `ready`. @throws Error with the server's output if it ends instead */
async function untilReady(url: string, server: SourceProcess): Promise<void> {
  const isReady = () =>
    fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    )
  const ended = server.ended.then((code) => {
    throw new Error(`The server ended with ${code}:\n${server.written()}`)
  })
  await Promise.race([eventually(async () => expect(await isReady()).toBe(true)), ended])
  // A later end is not an error.
  ended.catch(() => undefined)
}

async function isRecovered(database: pg.Pool, email: string): Promise<boolean> {
  const unfinished = `status = 'pending' or (status = 'uncertain' and email = $1)`
  const { rowCount } = await database.query(`select from registrations where ${unfinished}`, [email])
  return rowCount === 0
}

async function tablesOf(database: pg.Pool): Promise<Pick<Written, 'registrations' | 'otherTables'>> {
  const { rows } = await database.query(
    `select tablename, query_to_xml(format('select * from %I.%I', schemaname, tablename), true, false, '')::text as xml
     from pg_tables where schemaname = 'public'`,
  )
  const xmlOf = (wanted: (table: string) => boolean) =>
    rows.flatMap(({ tablename, xml }) => (wanted(tablename) ? [xml] : [])).join('\n')
  return {
    registrations: xmlOf((table) => table === 'registrations'),
    otherTables: xmlOf((table) => table !== 'registrations'),
  }
}

// `info` is the level of production, and `trace` writes what all levels write. They run concurrently, since they mostly wait for
// a slow partner.
it.concurrent.each(['trace', 'info'])(
  'no log, file, header, error, span, metric or other table contains a visitor’s value or a secret, at LOG_LEVEL=%s',
  async (level) => {
    const { streams, files, answers, traces, metrics, registrations, otherTables, secrets } = await runEverything(level)
    // The run has really logged, journaled, answered and stored.
    const words =
      level === 'trace'
        ? ['answered', 'outage journal', 'an event was not delivered', '23514', 'a request was broken off']
        : []
    expect(words.filter((word) => !streams.includes(word))).toEqual([])
    expect(registrations).toContain(`${MARK}visitor`)
    expect(secrets.length).toBeGreaterThan(50)
    expect(metrics).toMatch(/registration_outcomes_total\{status="succeeded"\} [1-9]/)
    for (const span of ['orchestrateRegistration', 'partner.register', 'recovery', 'DATABASE_UNAVAILABLE', '23514'])
      expect(traces).toContain(span)

    for (const text of [streams, files, answers, traces, metrics, otherTables]) {
      const found = [MARK, ...new Set(secrets)].flatMap((word) => findLeaks(word, text))
      expect(found.slice(0, 3)).toEqual([])
    }
    // The rows have the visitor's values, but no key, proof, password or autologin link in plain text.
    expect(registrations).not.toMatch(new RegExp(`${MARK}(?:key|token|internalkey|verificationsecret)|/autologin`))
    const plainText = secrets.filter((value) => !/^[0-9a-f]{32}$/.test(value))
    const found = [...new Set(plainText)].flatMap((secret) => findLeaks(secret, registrations))
    expect(found.slice(0, 3)).toEqual([])
  },
)
