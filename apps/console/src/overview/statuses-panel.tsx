import type { Stats, Status } from '@registration/shared/operator'
import { Panel } from '../components/panel.tsx'
import { StatusMark } from '../components/status-mark.tsx'
import { useI18n } from '../i18n/i18n.ts'
import { STATUSES } from '../registrations/filters.ts'
import { BarRows } from './bar-rows.tsx'
import type { ListLink } from './list-link.ts'

/** The colours of the status marks. */
const MARKS: Record<Status, string> = {
  stuck: 'var(--mantine-color-red-6)',
  uncertain: 'var(--mantine-color-yellow-6)',
  pending: 'var(--mantine-color-blue-5)',
  succeeded: 'var(--mantine-color-fern-6)',
  succeeded_without_link: 'var(--mantine-color-cyan-6)',
  rejected: 'var(--mantine-color-gray-6)',
  released: 'var(--mantine-color-gray-4)',
}

export function StatusesPanel({ byStatus, listLink }: Pick<Stats, 'byStatus'> & { listLink: ListLink }) {
  const { messages, format } = useI18n()
  const labels = messages.overview.statuses
  return (
    <Panel title={labels.title} note={labels.lead}>
      <BarRows
        columns={[labels.status, labels.count]}
        rows={STATUSES.map((status) => ({
          key: status,
          name: <StatusMark status={status} />,
          href: listLink({ statuses: [status] }),
          size: byStatus[status],
          color: MARKS[status],
          values: [format.count(byStatus[status])],
        }))}
      />
    </Panel>
  )
}
