import { BarChart } from '@mantine/charts'
import type { Stats, Status } from '@registration/shared/operator'
import { DataTable } from '../components/data-table.tsx'
import { Panel } from '../components/panel.tsx'
import { useI18n } from '../i18n/i18n.ts'

/** The layers of the chart, from the bottom: successes first, open registrations on top, where they are noticed. */
const LAYERS = [
  { name: 'succeeded', color: 'fern.6', of: ['succeeded'] },
  { name: 'succeeded_without_link', color: 'cyan.6', of: ['succeeded_without_link'] },
  { name: 'rejected', color: 'gray.5', of: ['rejected'] },
  { name: 'released', color: 'violet.4', of: ['released'] },
  { name: 'open', color: 'yellow.6', of: ['pending', 'uncertain', 'stuck'] },
] as const satisfies { name: string; color: string; of: Status[] }[]

export function OutcomesPanel({ stats }: { stats: Stats }) {
  const { messages, format } = useI18n()
  const labels = messages.overview.outcomes
  const data = stats.overTime.map(({ at, byStatus }) => ({
    at: format.bucket(new Date(at), stats.bucketMs),
    ...Object.fromEntries(LAYERS.map(({ name, of }) => [name, of.reduce((sum, status) => sum + byStatus[status], 0)])),
  }))
  const series = LAYERS.map(({ name, color }) => ({ name, color, label: labels[name] }))
  return (
    <Panel title={labels.title} note={labels.lead}>
      <BarChart
        h={260}
        data={data}
        dataKey="at"
        type="stacked"
        series={series}
        valueFormatter={format.count}
        withLegend
        legendProps={{ verticalAlign: 'bottom', itemSorter: null }}
        tickLine="none"
        maxBarWidth={36}
        xAxisProps={{ minTickGap: 24 }}
        yAxisProps={{ allowDecimals: false, width: 44 }}
        barProps={{ isAnimationActive: false }}
        barChartProps={{ accessibilityLayer: false }}
        aria-hidden="true"
      />
      <DataTable
        caption={labels.title}
        columns={[labels.at, ...LAYERS.map(({ name }) => labels[name])]}
        rows={data.map((row) => [row.at, ...LAYERS.map(({ name }) => format.count(Number(row[name as never])))])}
      />
    </Panel>
  )
}
