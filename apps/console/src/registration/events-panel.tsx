import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { LoadError } from '../components/load-error.tsx'
import { Panel } from '../components/panel.tsx'
import { EventCards } from '../events/event-cards.tsx'
import { NO_EVENT_FILTERS } from '../events/event-filters.ts'
import { eventsQuery } from '../events/events-query.ts'
import { useI18n } from '../i18n/i18n.ts'
import { useSession } from '../session/session.ts'

/** The events of this registration and their deliveries. */
export function EventsPanel({ registrationId }: { registrationId: string }) {
  const { messages } = useI18n()
  const { operator } = useSession()
  const list = useQuery(eventsQuery(operator, { ...NO_EVENT_FILTERS, registrationId }))
  const { title, none } = messages.registration.events

  const body = () => {
    if (list.data === undefined) return list.isError ? <LoadError error={list.error} onRetry={list.refetch} /> : null
    if (list.data.items.length > 0) return <EventCards events={list.data.items} isOfOne />
    return <Text c="dimmed">{none}</Text>
  }

  return <Panel title={title}>{body()}</Panel>
}
