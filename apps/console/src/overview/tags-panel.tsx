import { Text } from '@mantine/core'
import type { Stats } from '@registration/shared/operator'
import { Panel } from '../components/panel.tsx'
import { useI18n } from '../i18n/i18n.ts'
import { BarRows } from './bar-rows.tsx'
import type { ListLink } from './list-link.ts'

export function TagsPanel({ tags, listLink }: Pick<Stats, 'tags'> & { listLink: ListLink }) {
  const { messages, format } = useI18n()
  const labels = messages.overview.tags
  return (
    <Panel title={labels.title} note={labels.lead}>
      {tags.length === 0 ? (
        <Text c="dimmed">{labels.none}</Text>
      ) : (
        <BarRows
          columns={[labels.tag, labels.count, labels.rate]}
          rows={tags.map(({ tag, count, succeeded }) => ({
            key: tag ?? '',
            name: tag ?? labels.untagged,
            ...(tag === null ? {} : { href: listLink({ tag }) }),
            size: count,
            values: [format.count(count), format.share(succeeded / count)],
          }))}
        />
      )}
    </Panel>
  )
}
