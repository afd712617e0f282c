import { startPartnerSandbox } from '@registration/partner-sandbox'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { startServerProcess } from '../chaos/support/server-process.ts'
import { operatorClient, WITH_OPERATOR } from '../operator/operator-client.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { createRestClient } from '../support/rest-client.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { type ReceivedSpan, startCollector } from './support/start-collector.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const PAGE_SPAN = 'b7ad6b7169203331'
const HEADERS = { traceparent: `00-${TRACE}-${PAGE_SPAN}-01`, tracestate: 'who=ann', baggage: 'who=ann' }
const request = { email: 'ann@example.com', visitorId: 'visitor-1', idempotencyKey: 'the key of one visitor' }

/** Logs each loaded module of OpenTelemetry, except those of prom-client, which always loads its API package. */
const LOAD_LOGGER = `import { registerHooks } from 'node:module'
registerHooks({ resolve(name, context, next) {
  if (name.includes('opentelemetry') && !context.parentURL?.includes('prom-client')) console.log(JSON.stringify({ loaded: name }))
  return next(name, context)
} })`

async function startWith(env: Record<string, string>) {
  await using started = new AsyncDisposableStack()
  const folder = started.use(temporaryFolder())
  const partner = started.use(await startPartnerSandbox())
  const DATABASE_URL = await freshDatabase()
  const database = started.adopt(new pg.Pool({ connectionString: DATABASE_URL, max: 1 }), (pool) => pool.end())
  const server = started.use(
    await startServerProcess({
      DATABASE_URL,
      DATA_DIR: folder.path,
      PARTNER_URL: partner.url,
      // Longer than the test, so that no call times out.
      PARTNER_TIMEOUT_MS: '600000',
      ENCRYPTION_KEYS: `test:${Buffer.alloc(32, 1).toString('base64')}`,
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(LOAD_LOGGER)}`,
      ...env,
    }),
  )
  const rest = createRestClient(server.url ?? '')
  const all = started.move()
  return { server, partner: partner.sandbox, rest, database, [Symbol.asyncDispose]: () => all.disposeAsync() }
}

const named = (spans: ReceivedSpan[], name: string) => spans.filter((span) => span.name === name)

describe('the built server', () => {
  it('has one trace from the page’s request to the partner call and recovery', async () => {
    await using collector = await startCollector()
    await using running = await startWith({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_SERVICE_NAME: 'registrations-of-the-test',
      // In milliseconds, so that spans are sent while the server runs. start-tracing.test.ts tests sending at the end.
      OTEL_BSP_SCHEDULE_DELAY: '100',
      ...WITH_OPERATOR,
    })
    const { server, partner, rest, database } = running
    partner.misbehave(request.email, 'reset-after-creating', { times: 1 })
    const first = await rest.orchestrateRegistration(request, HEADERS)
    expect(first.answer).toMatchObject({ code: 'PENDING' })
    // Ends the lost call's lease, so that the test need not wait for it.
    await database.query('update registrations set lease_until = null, next_attempt_at = now()')
    await expect.poll(() => server.log.map(({ msg }) => msg)).toContain('an account was given without a usable link')
    const { registrationId } = first.answer as { registrationId: string }
    const operators = operatorClient({ url: server.url ?? '' })
    const { history } = await operators.registrations.get.query({ id: registrationId })
    const { spans } = collector
    // The recovery span ends after its children, and spans are sent in that order.
    await expect.poll(() => named(spans, 'recovery')).toHaveLength(1)
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([TRACE]))
    const [call] = named(spans, 'orchestrateRegistration')
    const [recovery] = named(spans, 'recovery')
    expect(call).toMatchObject({ parentSpanId: PAGE_SPAN, kind: 2 })
    expect(call?.attributes).toMatchObject({
      'registration.code': 'PENDING',
      'registration.id': registrationId,
      'registration.request_id': first.headers.get('x-request-id'),
    })
    expect(named(spans, 'store.insertIntent')).toMatchObject([{ parentSpanId: call?.spanId }])
    const [registered, probed] = named(spans, 'partner.register')
    expect(registered).toMatchObject({ parentSpanId: call?.spanId, kind: 3, status: { code: 2 } })
    expect(registered?.attributes['registration.partner.outcome']).toBe('unknown')
    expect(recovery?.parentSpanId).toBe(named(spans, 'store.insertIntent')[0]?.spanId)
    expect(probed?.attributes).toMatchObject({ 'registration.code': 'ALREADY_REGISTERED' })
    expect(named(spans, 'store.settle').map(({ parentSpanId }) => parentSpanId)).toContain(recovery?.spanId)
    // The partner gets the trace context, but neither `tracestate` nor `baggage`.
    for (const [index, span] of [registered, probed].entries()) {
      const { headers } = partner.ledger.calls[index] ?? { headers: {} }
      expect(headers).toMatchObject({ traceparent: `00-${TRACE}-${span?.spanId}-01` })
      expect(JSON.stringify(headers)).not.toContain('who=ann')
    }
    expect(server.log).toContainEqual(expect.objectContaining({ registrationId, traceId: TRACE, by: 'recovery' }))
    expect(collector.received()).toContain('registrations-of-the-test')
    // The replica has the same name in the trace, the history and the log.
    const { hostname, pid } = server.log.find(({ msg }) => msg === 'ready') ?? {}
    const replica = `${hostname}:${pid}`
    expect(history.filter(({ kind }) => kind === 'call')).toMatchObject([
      { attempt: 2, why: 'recovery', replica },
      { attempt: 1, why: 'registration', replica },
    ])
    expect(collector.received()).toContain(`{"key":"service.instance.id","value":{"stringValue":"${replica}"}}`)
    expect(collector.received()).not.toMatch(/who=ann|ann@example/)
    expect(server.log.some(({ loaded }) => loaded)).toBe(true)
  })

  it('without an OTLP endpoint loads no module of OpenTelemetry and sends the partner no traceparent', async () => {
    await using running = await startWith({})
    const { server, partner, rest } = running
    expect((await rest.orchestrateRegistration(request, HEADERS)).status).toBe(200)
    expect(server.log.filter(({ loaded }) => loaded)).toEqual([])
    expect(partner.ledger.calls[0]?.headers).not.toHaveProperty('traceparent')
  })
})
