import { SimpleGrid } from '@mantine/core'
import type { EndpointState } from '@registration/shared/operator'
import { Figure } from '../parts/figure.tsx'
import { useSpeech } from '../texts/speech.ts'
import { NO_EVENT_FILTERS, searchOf } from './event-filters.ts'

const MS = 1_000

/** How each app is doing: what waits for it, since when, and what was given up. */
export function EndpointFigures({ endpoints }: { endpoints: readonly EndpointState[] }) {
  const { texts, format } = useSpeech()
  const words = texts.events.endpoints
  if (endpoints.length === 0) return null
  return (
    <SimpleGrid
      component="ul"
      className="figures"
      cols={{ base: 1, xs: 2, lg: 4 }}
      spacing={{ base: 'xs', sm: 'md' }}
      mb="md"
      aria-label={words.title}
    >
      {endpoints.map(({ endpoint, isListed, waiting, dead, oldestSeconds }) => {
        const howLong = waiting > 0 ? words.oldest(format.span(oldestSeconds * MS)) : words.nothingWaits
        const count = words.waiting(format.bounded(waiting))
        return (
          <Figure
            key={endpoint}
            name={isListed ? endpoint : words.unlisted(endpoint)}
            href={`/events?${searchOf({ ...NO_EVENT_FILTERS, states: dead > 0 ? ['dead'] : [], endpoint })}`}
            value={dead > 0 ? words.dead(format.bounded(dead)) : count}
            urgent={dead > 0}
            note={dead > 0 && waiting > 0 ? `${count} · ${howLong}` : howLong}
          />
        )
      })}
    </SimpleGrid>
  )
}
