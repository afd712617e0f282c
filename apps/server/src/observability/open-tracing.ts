import type { FastifyBaseLogger } from 'fastify'
import type { TracesConfig } from '../config/traces-of.ts'
import { safeError } from './safe-error.ts'
import type { OwnTracing, Tracing } from './tracing.ts'

/** Traces by the provider that this process has already. Where it has none, nothing of OpenTelemetry is loaded. */
export async function openHostTracing(): Promise<Tracing | undefined> {
  if (!hasTracer()) return undefined
  return (await import('./create-tracing.ts')).createTracing()
}

/** The same, or else traces by a provider of our own where the environment wants them. */
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

/** Where @opentelemetry/api, version 1, keeps what a process has registered with any copy of it. */
const REGISTERED = Symbol.for('opentelemetry.js.api.1')

/** Whether this process has a provider of traces, looked up without loading anything of OpenTelemetry. */
function hasTracer(): boolean {
  const registered = (globalThis as Record<symbol, unknown>)[REGISTERED] as { trace?: unknown } | undefined
  return registered?.trace !== undefined
}
