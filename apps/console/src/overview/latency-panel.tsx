import { Text } from '@mantine/core'
import type { Stats } from '@registration/shared/operator'
import { Panel } from '../parts/panel.tsx'
import { useSpeech } from '../texts/speech.ts'
import { BarRows } from './bar-rows.tsx'

const PERCENTILES = [
  ['p50', 0.5],
  ['p90', 0.9],
  ['p95', 0.95],
  ['p99', 0.99],
] as const

export function LatencyPanel({ latency }: Pick<Stats, 'latency'>) {
  const { texts, format } = useSpeech()
  const words = texts.overview.latency
  return (
    <Panel title={words.title} note={words.lead}>
      {latency === null ? (
        <Text c="dimmed">{words.none}</Text>
      ) : (
        <BarRows
          columns={[words.percentile, words.span]}
          rows={PERCENTILES.map(([name, share]) => ({
            key: name,
            name: format.share(share),
            size: latency[name],
            values: [format.span(latency[name])],
          }))}
        />
      )}
    </Panel>
  )
}
