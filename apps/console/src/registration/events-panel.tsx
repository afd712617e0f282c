import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { EventCards } from '../events/event-cards.tsx'
import { NO_EVENT_FILTERS } from '../events/event-filters.ts'
import { eventsQuery } from '../events/events-query.ts'
import { Failed } from '../parts/failed.tsx'
import { Panel } from '../parts/panel.tsx'
import { useSession } from '../session/session.ts'
import { useSpeech } from '../texts/speech.ts'

/** What other apps were told of this registration. */
export function EventsPanel({ registrationId }: { registrationId: string }) {
  const { texts } = useSpeech()
  const { operator } = useSession()
  const list = useQuery(eventsQuery(operator, { ...NO_EVENT_FILTERS, registrationId }))
  const { title, none } = texts.registration.events

  const body = () => {
    if (list.data === undefined) return list.isError ? <Failed error={list.error} onRetry={list.refetch} /> : null
    if (list.data.items.length > 0) return <EventCards events={list.data.items} isOfOne />
    return <Text c="dimmed">{none}</Text>
  }

  return <Panel title={title}>{body()}</Panel>
}
