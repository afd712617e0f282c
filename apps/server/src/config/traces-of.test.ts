import { expect, it } from 'vitest'
import { tracesOf } from './traces-of.ts'

const OTEL_EXPORTER_OTLP_ENDPOINT = 'http://collector:4318'

it.each([
  {},
  { OTEL_EXPORTER_OTLP_ENDPOINT: '' },
  { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SDK_DISABLED: 'true' },
  { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_EXPORTER: 'none' },
])('%o turns traces off', (env) => {
  expect(tracesOf(env)).toBeUndefined()
})

it('an endpoint turns traces on, with the configured sampling', () => {
  const all = { sampler: 'parentbased_always_on', ratio: 1 }
  expect(tracesOf({ OTEL_EXPORTER_OTLP_ENDPOINT })).toEqual(all)
  expect(tracesOf({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://collector/v1/traces' })).toEqual(all)
  const some = { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.1' }
  expect(tracesOf(some)).toEqual({ sampler: 'traceidratio', ratio: 0.1 })
  expect(tracesOf({ ...some, OTEL_TRACES_SAMPLER_ARG: 'some' })?.ratio).toBe(1)
})
