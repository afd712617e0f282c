/** Where @opentelemetry/api, version 1, keeps what a process has registered with any copy of it. */
const REGISTERED = Symbol.for('opentelemetry.js.api.1')

/** Whether this process has a provider of traces, looked up without loading anything of OpenTelemetry. */
export function hasTracer(): boolean {
  const registered = (globalThis as Record<symbol, unknown>)[REGISTERED] as { trace?: unknown } | undefined
  return registered?.trace !== undefined
}
