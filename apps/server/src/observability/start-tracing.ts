import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { setGlobalErrorHandler } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources'
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import type { TracesConfig } from '../config/traces-of.ts'
import { createTracing } from './create-tracing.ts'
import { replicaName } from './replica-name.ts'
import type { OwnTracing } from './tracing.ts'

/** Spans are worth less than an end in time. */
const STOP_WITHIN_MS = 2_000
const SERVICE = { 'service.name': 'registration-server' }

/** Sends spans by OTLP over HTTP, as JSON; where to is read from the environment by OpenTelemetry itself. */
export function startTracing(config: TracesConfig, onTrouble: (error: unknown) => void): OwnTracing {
  setGlobalErrorHandler(onTrouble)
  const provider = new TracerProvider({
    sampler: samplerOf(config),
    resource: defaultResource()
      .merge(resourceFromAttributes({ ...SERVICE, 'service.instance.id': replicaName() }))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
  })
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  trace.setGlobalTracerProvider(provider)
  return {
    ...createTracing(),
    async stop() {
      const outOfTime = Promise.withResolvers<void>()
      const timer = setTimeout(outOfTime.resolve, STOP_WITHIN_MS)
      await Promise.race([provider.shutdown().catch(onTrouble), outOfTime.promise])
      clearTimeout(timer)
    },
  }
}

function samplerOf({ sampler, ratio }: TracesConfig): Sampler {
  const root = rootOf(sampler.replace('parentbased_', ''), ratio)
  return sampler === 'always_on' || sampler === 'always_off' || sampler === 'traceidratio'
    ? root
    : new ParentBasedSampler({ root })
}

function rootOf(name: string, ratio: number): Sampler {
  if (name === 'always_off') return new AlwaysOffSampler()
  return name === 'traceidratio' ? new TraceIdRatioBasedSampler(ratio) : new AlwaysOnSampler()
}
