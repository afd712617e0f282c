import { Anchor, SimpleGrid } from '@mantine/core'
import type { Stats } from '@registration/shared/operator'
import { Link } from 'wouter'
import { Figure } from '../components/figure.tsx'
import { useNow } from '../components/use-now.ts'
import { useI18n } from '../i18n/i18n.ts'
import type { ListLink } from './list-link.ts'
import { FINISHED, successRate } from './success-rate.ts'

const HOUR_MS = 3_600_000

export interface FiguresProps {
  stats: Stats
  rangeMs: number
  listLink: ListLink
}

/** The four key figures of the overview. */
export function Figures({ stats, rangeMs, listLink }: FiguresProps) {
  const { messages, format } = useI18n()
  const now = useNow()
  const labels = messages.overview.figures
  const { rate, finished, begun } = successRate(stats.byStatus)
  const { count, oldest, stuck } = stats.unfinished
  return (
    <SimpleGrid component="ul" className="figures" cols={{ base: 2, lg: 4 }} spacing={{ base: 'xs', sm: 'md' }}>
      <Figure
        name={labels.registrations}
        value={format.count(begun)}
        href={listLink({})}
        note={labels.perHour(format.count(Math.round((begun * HOUR_MS * 10) / rangeMs) / 10))}
      />
      <Figure
        name={labels.successRate}
        value={rate === undefined ? '—' : format.share(rate)}
        href={listLink({ statuses: FINISHED })}
        note={rate === undefined ? labels.noneFinished : labels.ofFinished(format.count(finished))}
      />
      <Figure
        name={labels.unfinished}
        value={format.bounded(count)}
        href="/registrations?status=pending&status=uncertain&status=stuck"
        note={
          oldest === null ? (
            labels.nothingOpen
          ) : (
            <Anchor component={Link} href={`/registrations/${oldest.id}`} size="sm">
              {labels.oldest(format.span(now.getTime() - Date.parse(oldest.createdAt)))}
            </Anchor>
          )
        }
      />
      <Figure
        name={labels.stuck}
        value={format.bounded(stuck)}
        href="/registrations?status=stuck"
        urgent={stuck > 0}
        note={
          stuck === 0 ? (
            labels.nothingStuck
          ) : (
            <Anchor component={Link} href="/registrations?status=stuck" size="sm">
              {labels.look}
            </Anchor>
          )
        }
      />
    </SimpleGrid>
  )
}
