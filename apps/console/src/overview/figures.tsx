import { Anchor, SimpleGrid } from '@mantine/core'
import type { Stats } from '@registration/shared/operator'
import { Link } from 'wouter'
import { Figure } from '../parts/figure.tsx'
import { useNow } from '../parts/use-now.ts'
import { useSpeech } from '../texts/speech.ts'
import type { ListLink } from './list-link.ts'
import { FINISHED, successRate } from './success-rate.ts'

const HOUR_MS = 3_600_000

export interface FiguresProps {
  stats: Stats
  rangeMs: number
  listLink: ListLink
}

/** The four numbers that say whether somebody has to worry. */
export function Figures({ stats, rangeMs, listLink }: FiguresProps) {
  const { texts, format } = useSpeech()
  const now = useNow()
  const words = texts.overview.figures
  const { rate, finished, begun } = successRate(stats.byStatus)
  const { count, oldest, stuck } = stats.unfinished
  return (
    <SimpleGrid component="ul" className="figures" cols={{ base: 2, lg: 4 }} spacing={{ base: 'xs', sm: 'md' }}>
      <Figure
        name={words.registrations}
        value={format.count(begun)}
        href={listLink({})}
        note={words.perHour(format.count(Math.round((begun * HOUR_MS * 10) / rangeMs) / 10))}
      />
      <Figure
        name={words.successRate}
        value={rate === undefined ? '—' : format.share(rate)}
        href={listLink({ statuses: FINISHED })}
        note={rate === undefined ? words.noneFinished : words.ofFinished(format.count(finished))}
      />
      <Figure
        name={words.unfinished}
        value={format.bounded(count)}
        href="/registrations?status=pending&status=uncertain&status=stuck"
        note={
          oldest === null ? (
            words.nothingOpen
          ) : (
            <Anchor component={Link} href={`/registrations/${oldest.id}`} size="sm">
              {words.oldest(format.span(now.getTime() - Date.parse(oldest.createdAt)))}
            </Anchor>
          )
        }
      />
      <Figure
        name={words.stuck}
        value={format.bounded(stuck)}
        href="/registrations?status=stuck"
        urgent={stuck > 0}
        note={
          stuck === 0 ? (
            words.nothingStuck
          ) : (
            <Anchor component={Link} href="/registrations?status=stuck" size="sm">
              {words.look}
            </Anchor>
          )
        }
      />
    </SimpleGrid>
  )
}
