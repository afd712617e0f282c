import type { Stats } from '@registration/shared/operator'
import { Panel } from '../components/panel.tsx'
import { useI18n } from '../i18n/i18n.ts'
import { BarRows } from './bar-rows.tsx'
import { funnel } from './funnel.ts'
import type { ListLink } from './list-link.ts'

export function FunnelPanel({ byStatus, listLink }: Pick<Stats, 'byStatus'> & { listLink: ListLink }) {
  const { messages, format } = useI18n()
  const labels = messages.overview.funnel
  return (
    <Panel title={labels.title} note={labels.lead}>
      <BarRows
        columns={[labels.stage, labels.count, labels.share]}
        rows={funnel(byStatus).map(({ stage, statuses, count, share }) => ({
          key: stage,
          name: labels.stages[stage],
          href: listLink(stage === 'begun' ? {} : { statuses: [...statuses] }),
          size: count,
          values: [format.count(count), format.share(share)],
        }))}
      />
    </Panel>
  )
}
