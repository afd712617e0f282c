/** The series that a text in Prometheus' format holds: labels and their values by name. */
export function seriesOf(text: string): Map<string, Record<string, string>[]> {
  const series = new Map<string, Record<string, string>[]>()
  for (const [, name = '', labels = ''] of text.matchAll(/^([a-z_]\w*)(?:\{(.*)\})? \S+$/gm)) {
    const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, value]) => [label, value])
    series.set(name, [...(series.get(name) ?? []), Object.fromEntries(pairs)])
  }
  return series
}
