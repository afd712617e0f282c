import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { startPartnerSandbox } from '@registration/partner-sandbox'
import Fastify from 'fastify'
import { expect, it } from 'vitest'
import { registrationPlugin } from '../../src/plugin.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

it('puts the plugin’s spans into the traces that its host makes', async () => {
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

  const answer = await trace.getTracer('host').startActiveSpan('the request, as the host sees it', async (span) => {
    const payload = { email: 'ann@example.com', visitorId: 'v' }
    const reply = await host.inject({ method: 'POST', url: '/api/users/orchestrate-registration', payload })
    span.end()
    return reply.statusCode
  })
  await host.close()

  expect(answer).toBe(200)
  const spans = exporter.getFinishedSpans()
  const find = (name: string) => spans.find((span) => span.name === name)
  const call = find('orchestrateRegistration')
  expect(call?.parentSpanContext?.spanId).toBe(find('the request, as the host sees it')?.spanContext().spanId)
  const [asked] = partner.sandbox.ledger.calls
  expect(asked?.headers['traceparent']).toContain(find('partner.register')?.spanContext().spanId)
})
