import { SimpleGrid } from '@mantine/core'
import type { EndpointState } from '@registration/shared/operator'
import { Figure } from '../components/figure.tsx'
import { useI18n } from '../i18n/i18n.ts'
import { NO_EVENT_FILTERS, searchOf } from './event-filters.ts'

const MS = 1_000

/** The deliveries of each app: waiting, the oldest one's age, and given up. */
export function EndpointFigures({ endpoints }: { endpoints: readonly EndpointState[] }) {
  const { messages, format } = useI18n()
  const labels = messages.events.endpoints
  if (endpoints.length === 0) return null
  return (
    <SimpleGrid
      component="ul"
      className="figures"
      cols={{ base: 1, xs: 2, lg: 4 }}
      spacing={{ base: 'xs', sm: 'md' }}
      mb="md"
      aria-label={labels.title}
    >
      {endpoints.map(({ endpoint, isListed, waiting, dead, oldestSeconds }) => {
        const howLong = waiting > 0 ? labels.oldest(format.span(oldestSeconds * MS)) : labels.nothingWaits
        const count = labels.waiting(format.bounded(waiting))
        return (
          <Figure
            key={endpoint}
            name={isListed ? endpoint : labels.unlisted(endpoint)}
            href={`/events?${searchOf({ ...NO_EVENT_FILTERS, states: dead > 0 ? ['dead'] : [], endpoint })}`}
            value={dead > 0 ? labels.dead(format.bounded(dead)) : count}
            urgent={dead > 0}
            note={dead > 0 && waiting > 0 ? `${count} · ${howLong}` : howLong}
          />
        )
      })}
    </SimpleGrid>
  )
}
