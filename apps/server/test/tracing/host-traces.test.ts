import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { startPartnerSandbox } from '@registration/partner-sandbox'
import Fastify from 'fastify'
import { expect, it } from 'vitest'
import { registrationPlugin } from '../../src/plugin.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

it('the plugin’s spans are part of its host’s trace', async () => {
  const exporter = new InMemorySpanExporter()
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  trace.setGlobalTracerProvider(provider)
  await using partner = await startPartnerSandbox()
  using folder = temporaryFolder()
  const host = Fastify()
  await host.register(registrationPlugin, {
    prefix: '/api/users',
    trpcPrefix: '/trpc',
    config: { DATABASE_URL: await freshDatabase(), DATA_DIR: folder.path, PARTNER_URL: partner.url },
  })

  const statusCode = await trace.getTracer('host').startActiveSpan('the host’s request', async (span) => {
    const payload = { email: 'ann@example.com', visitorId: 'v' }
    const response = await host.inject({ method: 'POST', url: '/api/users/orchestrate-registration', payload })
    span.end()
    return response.statusCode
  })
  await host.close()

  expect(statusCode).toBe(200)
  const spans = exporter.getFinishedSpans()
  const find = (name: string) => spans.find((span) => span.name === name)
  const call = find('orchestrateRegistration')
  expect(call?.parentSpanContext?.spanId).toBe(find('the host’s request')?.spanContext().spanId)
  const [partnerCall] = partner.sandbox.ledger.calls
  expect(partnerCall?.headers['traceparent']).toContain(find('partner.register')?.spanContext().spanId)
})
