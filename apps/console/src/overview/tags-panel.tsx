import { Text } from '@mantine/core'
import type { Stats } from '@registration/shared/operator'
import { Panel } from '../parts/panel.tsx'
import { useSpeech } from '../texts/speech.ts'
import { BarRows } from './bar-rows.tsx'
import type { ListLink } from './list-link.ts'

export function TagsPanel({ tags, listLink }: Pick<Stats, 'tags'> & { listLink: ListLink }) {
  const { texts, format } = useSpeech()
  const words = texts.overview.tags
  return (
    <Panel title={words.title} note={words.lead}>
      {tags.length === 0 ? (
        <Text c="dimmed">{words.none}</Text>
      ) : (
        <BarRows
          columns={[words.tag, words.count, words.rate]}
          rows={tags.map(({ tag, count, succeeded }) => ({
            key: tag ?? '',
            name: tag ?? words.untagged,
            ...(tag === null ? {} : { href: listLink({ tag }) }),
            size: count,
            values: [format.count(count), format.share(succeeded / count)],
          }))}
        />
      )}
    </Panel>
  )
}
