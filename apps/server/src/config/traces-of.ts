/** The sampling of traces. */
export interface TracesConfig {
  /** OpenTelemetry's name of the sampler, such as `parentbased_traceidratio`. */
  sampler: string
  /** The sampled share of traces that begin in this process, from 0 to 1. */
  ratio: number
}

/**
 * Reads the variables that turn traces on and set their sampling; OpenTelemetry's SDK reads all other `OTEL_*` variables. An
 * unknown value counts as the default, as OpenTelemetry specifies, since a host's settings may be meant for other libraries.
 *
 * @returns undefined if traces are off
 */
export function tracesOf(env: Readonly<Record<string, string | undefined>>): TracesConfig | undefined {
  const endpoint = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_ENDPOINT']
  if (!endpoint || env['OTEL_SDK_DISABLED'] === 'true' || env['OTEL_TRACES_EXPORTER'] === 'none') return undefined
  const ratio = Number(env['OTEL_TRACES_SAMPLER_ARG'] || 1)
  return {
    sampler: env['OTEL_TRACES_SAMPLER'] || 'parentbased_always_on',
    ratio: ratio >= 0 && ratio <= 1 ? ratio : 1,
  }
}
