import type { FastifyBaseLogger } from 'fastify'
import type { TracesConfig } from '../config/traces-of.ts'
import { safeError } from './safe-error.ts'
import type { OwnTracing, Tracing } from './tracing.ts'

/** Traces through the provider that the host has registered. Without one, returns undefined and doesn't load OpenTelemetry. */
export async function openHostTracing(): Promise<Tracing | undefined> {
  if (!hasTracer()) return undefined
  return (await import('./create-tracing.ts')).createTracing()
}

/** Like `openHostTracing`; without a registered provider, starts one if the configuration enables traces. */
export async function openTracing(
  traces: TracesConfig | undefined,
  log: FastifyBaseLogger,
): Promise<OwnTracing | undefined> {
  const tracing = await openHostTracing()
  if (tracing) return { ...tracing, stop: async () => undefined }
  if (!traces) return undefined
  const { startTracing } = await import('./start-tracing.ts')
  return startTracing(traces, (err) => log.warn({ err: safeError(err) }, 'traces could not be sent'))
}

/** The global in which all copies of @opentelemetry/api 1.x keep the registered providers. */
const REGISTERED = Symbol.for('opentelemetry.js.api.1')

/** Whether a tracer provider is registered. Doesn't load OpenTelemetry. */
function hasTracer(): boolean {
  const registered = (globalThis as Record<symbol, unknown>)[REGISTERED] as { trace?: unknown } | undefined
  return registered?.trace !== undefined
}
