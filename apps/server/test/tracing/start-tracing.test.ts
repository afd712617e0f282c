import { setImmediate as nextTurn } from 'node:timers/promises'
import { trace } from '@opentelemetry/api'
import { afterEach, expect, it, vi } from 'vitest'
import { startTracing } from '../../src/observability/start-tracing.ts'
import { startCollector } from './support/start-collector.ts'

/** How long `stop` waits at most for spans to be sent. */
const STOP_WITHIN_MS = 2_000

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllEnvs()
  trace.disable()
})

/** Tracing with one unsent span. Timers are stopped, so that none sends it or gives it up. */
function startWithSpan(collectorUrl: string) {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', collectorUrl)
  const tracing = startTracing({ sampler: 'always_on', ratio: 1 }, () => undefined)
  trace.getTracer('the test').startSpan('the last span').end()
  return tracing
}

it('stopping sends unsent spans first', async () => {
  await using collector = await startCollector()
  const tracing = startWithSpan(collector.url)
  expect(collector.spans).toEqual([])
  await tracing.stop()
  expect(collector.spans).toMatchObject([{ name: 'the last span' }])
})

it('stopping ends after two seconds if the collector does not answer', async () => {
  await using collector = await startCollector({ isDeaf: true })
  let isStopped = false
  const stopping = startWithSpan(collector.url)
    .stop()
    .then(() => {
      isStopped = true
    })
  while (!collector.received().includes('the last span')) await nextTurn()
  vi.advanceTimersByTime(STOP_WITHIN_MS - 1)
  await nextTurn()
  expect(isStopped).toBe(false)
  vi.advanceTimersByTime(1)
  await stopping
})
