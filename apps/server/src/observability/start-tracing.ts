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

/** A shutdown must not wait longer for the last spans. */
const STOP_WITHIN_MS = 2_000
const SERVICE = { 'service.name': 'registration-server' }

/** Starts a provider that sends spans by OTLP over HTTP, as JSON. OpenTelemetry reads the address from the environment. */
export function startTracing(config: TracesConfig, onError: (error: unknown) => void): OwnTracing {
  setGlobalErrorHandler(onError)
  const provider = new TracerProvider({
    sampler: createSampler(config),
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
      const timeOut = Promise.withResolvers<void>()
      const timer = setTimeout(timeOut.resolve, STOP_WITHIN_MS)
      await Promise.race([provider.shutdown().catch(onError), timeOut.promise])
      clearTimeout(timer)
    },
  }
}

function createSampler({ sampler, ratio }: TracesConfig): Sampler {
  const root = createRootSampler(sampler.replace('parentbased_', ''), ratio)
  return sampler === 'always_on' || sampler === 'always_off' || sampler === 'traceidratio'
    ? root
    : new ParentBasedSampler({ root })
}

function createRootSampler(name: string, ratio: number): Sampler {
  if (name === 'always_off') return new AlwaysOffSampler()
  return name === 'traceidratio' ? new TraceIdRatioBasedSampler(ratio) : new AlwaysOnSampler()
}
