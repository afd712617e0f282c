/** Where traces are wanted: how many of them. */
export interface TracesConfig {
  /** As OpenTelemetry names it, such as `parentbased_traceidratio`. */
  sampler: string
  /** Of those that begin here, between 0 and 1. */
  ratio: number
}

/**
 * What decides whether there are traces, by OpenTelemetry's own names; the rest of `OTEL_*` its SDK reads itself. A value
 * that is unknown counts as its default, as OpenTelemetry demands: a host's settings needn't be meant for us.
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
