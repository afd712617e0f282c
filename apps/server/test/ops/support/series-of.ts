/** The labels of all series in a text of Prometheus' format, by metric name. */
export function seriesOf(text: string): Map<string, Record<string, string>[]> {
  const series = new Map<string, Record<string, string>[]>()
  for (const [, name = '', labels = ''] of text.matchAll(/^([a-z_]\w*)(?:\{(.*)\})? \S+$/gm)) {
    const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, value]) => [label, value])
    series.set(name, [...(series.get(name) ?? []), Object.fromEntries(pairs)])
  }
  return series
}
