import { Text } from '@mantine/core'
import type { Stats } from '@registration/shared/operator'
import { Panel } from '../parts/panel.tsx'
import { useSpeech } from '../texts/speech.ts'
import { BarRows } from './bar-rows.tsx'
import type { ListLink } from './list-link.ts'

export function RefusalsPanel({ refusals, listLink }: Pick<Stats, 'refusals'> & { listLink: ListLink }) {
  const { texts, format } = useSpeech()
  const words = texts.overview.refusals
  return (
    <Panel title={words.title} note={words.lead}>
      {refusals.length === 0 ? (
        <Text c="dimmed">{words.none}</Text>
      ) : (
        <BarRows
          columns={[words.code, words.count]}
          rows={refusals.map(({ code, count }) => ({
            key: code,
            name: code,
            href: listLink({ code }),
            size: count,
            color: 'var(--mantine-color-gray-5)',
            values: [format.count(count)],
          }))}
        />
      )}
    </Panel>
  )
}
