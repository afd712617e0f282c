import { Text } from '@mantine/core'
import type { Stats } from '@registration/shared/operator'
import { Panel } from '../components/panel.tsx'
import { useI18n } from '../i18n/i18n.ts'
import { BarRows } from './bar-rows.tsx'
import type { ListLink } from './list-link.ts'

export function RefusalsPanel({ refusals, listLink }: Pick<Stats, 'refusals'> & { listLink: ListLink }) {
  const { messages, format } = useI18n()
  const labels = messages.overview.refusals
  return (
    <Panel title={labels.title} note={labels.lead}>
      {refusals.length === 0 ? (
        <Text c="dimmed">{labels.none}</Text>
      ) : (
        <BarRows
          columns={[labels.code, labels.count]}
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
