import type { Stats } from '@registration/shared/operator'
import { Panel } from '../parts/panel.tsx'
import { useSpeech } from '../texts/speech.ts'
import { BarRows } from './bar-rows.tsx'
import { funnel } from './funnel.ts'
import type { ListLink } from './list-link.ts'

export function FunnelPanel({ byStatus, listLink }: Pick<Stats, 'byStatus'> & { listLink: ListLink }) {
  const { texts, format } = useSpeech()
  const words = texts.overview.funnel
  return (
    <Panel title={words.title} note={words.lead}>
      <BarRows
        columns={[words.stage, words.count, words.share]}
        rows={funnel(byStatus).map(({ stage, statuses, count, share }) => ({
          key: stage,
          name: words.stages[stage],
          href: listLink(stage === 'begun' ? {} : { statuses: [...statuses] }),
          size: count,
          values: [format.count(count), format.share(share)],
        }))}
      />
    </Panel>
  )
}
