import { BarChart } from '@mantine/charts'
import type { Stats, Status } from '@registration/shared/operator'
import { DataTable } from '../parts/data-table.tsx'
import { Panel } from '../parts/panel.tsx'
import { useSpeech } from '../texts/speech.ts'

/** From the ground up: what is good first, what needs somebody on top, where it is seen. */
const LAYERS = [
  { name: 'succeeded', color: 'fern.6', of: ['succeeded'] },
  { name: 'succeeded_without_link', color: 'cyan.6', of: ['succeeded_without_link'] },
  { name: 'rejected', color: 'gray.5', of: ['rejected'] },
  { name: 'released', color: 'violet.4', of: ['released'] },
  { name: 'open', color: 'yellow.6', of: ['pending', 'uncertain', 'stuck'] },
] as const satisfies { name: string; color: string; of: Status[] }[]

export function OutcomesPanel({ stats }: { stats: Stats }) {
  const { texts, format } = useSpeech()
  const words = texts.overview.outcomes
  const data = stats.overTime.map(({ at, byStatus }) => ({
    at: format.bucket(new Date(at), stats.bucketMs),
    ...Object.fromEntries(LAYERS.map(({ name, of }) => [name, of.reduce((sum, status) => sum + byStatus[status], 0)])),
  }))
  const series = LAYERS.map(({ name, color }) => ({ name, color, label: words[name] }))
  return (
    <Panel title={words.title} note={words.lead}>
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
        caption={words.title}
        columns={[words.at, ...LAYERS.map(({ name }) => words[name])]}
        rows={data.map((row) => [row.at, ...LAYERS.map(({ name }) => format.count(Number(row[name as never])))])}
      />
    </Panel>
  )
}
