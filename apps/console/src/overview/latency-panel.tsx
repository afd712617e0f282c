import { LineChart } from '@mantine/charts'
import { Text } from '@mantine/core'
import type { Stats } from '@registration/shared/operator'
import { DataTable } from '../components/data-table.tsx'
import { Panel } from '../components/panel.tsx'
import { useI18n } from '../i18n/i18n.ts'
import { BarRows } from './bar-rows.tsx'

const PERCENTILES = [
  ['p50', 0.5, 'fern.6'],
  ['p90', 0.9, 'cyan.6'],
  ['p95', 0.95, 'yellow.6'],
  ['p99', 0.99, 'red.6'],
] as const

export function LatencyPanel({ stats: { latency, overTime, bucketMs } }: { stats: Stats }) {
  const { messages, format } = useI18n()
  const labels = messages.overview.latency
  if (latency === null) {
    return (
      <Panel title={labels.title} note={labels.lead}>
        <Text c="dimmed">{labels.none}</Text>
      </Panel>
    )
  }
  const data = overTime.map((place) => ({ at: format.bucket(new Date(place.at), bucketMs), ...place.latency }))
  return (
    <Panel title={labels.title} note={labels.lead}>
      <LineChart
        h={180}
        mb="md"
        data={data}
        dataKey="at"
        series={PERCENTILES.map(([name, share, color]) => ({ name, color, label: format.share(share) }))}
        valueFormatter={format.span}
        curveType="linear"
        connectNulls={false}
        strokeWidth={2}
        withDots={data.length < 3}
        tickLine="none"
        xAxisProps={{ minTickGap: 24 }}
        yAxisProps={{ width: 64 }}
        lineProps={{ isAnimationActive: false }}
        lineChartProps={{ accessibilityLayer: false }}
        aria-hidden="true"
      />
      <DataTable
        caption={labels.title}
        columns={[messages.overview.outcomes.at, ...PERCENTILES.map(([, share]) => format.share(share))]}
        rows={overTime.map((place, index) => [
          data[index]?.at ?? '',
          ...PERCENTILES.map(([name]) => (place.latency === null ? '—' : format.span(place.latency[name]))),
        ])}
      />
      <BarRows
        columns={[labels.percentile, labels.span]}
        rows={PERCENTILES.map(([name, share, color]) => ({
          key: name,
          name: format.share(share),
          size: latency[name],
          color: `var(--mantine-color-${color.replace('.', '-')})`,
          values: [format.span(latency[name])],
        }))}
      />
    </Panel>
  )
}
