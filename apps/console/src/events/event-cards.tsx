import { Anchor, Group, Stack, Text } from '@mantine/core'
import type { EventSummary } from '@registration/shared/operator'
import { Link } from 'wouter'
import { DateTime } from '../components/date-time.tsx'
import { useI18n } from '../i18n/i18n.ts'
import { Attempts } from './attempts.tsx'
import { EventMark } from './event-mark.tsx'
import { RedriveButton } from './redrive-button.tsx'

export interface EventCardsProps {
  events: readonly EventSummary[]
  /** Whether the page belongs to one registration; then the link to it is left out. */
  isOfOne?: boolean
}

/** Events as cards: the list on a phone, and on a registration's page. */
export function EventCards({ events, isOfOne = false }: EventCardsProps) {
  const { messages } = useI18n()
  return (
    <Stack component="ul" gap={0} className="cards">
      {events.map((event) => (
        <li key={`${event.id} ${event.endpoint}`}>
          <Group justify="space-between" gap="xs">
            <Text component="span" size="sm" fw={500} className="breaks">
              {messages.events.types[event.type]}
              {event.code === null ? '' : ` · ${event.code}`}
            </Text>
            <Text component="span" size="sm" c="dimmed">
              <DateTime at={event.occurredAt} />
            </Text>
          </Group>
          <Group justify="space-between" gap="xs" mt={4}>
            <Text component="span" size="sm">
              <EventMark state={event.state} />
            </Text>
            <Text component="span" size="sm" className="breaks">
              {event.endpoint}
            </Text>
          </Group>
          <Group justify="space-between" align="flex-start" gap="xs" mt={8}>
            <Text component="div" size="sm" c="dimmed">
              <Attempts event={event} />
            </Text>
            <RedriveButton event={event} />
          </Group>
          {isOfOne ? null : (
            <Anchor component={Link} href={`/registrations/${event.registrationId}`} size="sm" className="breaks">
              {messages.events.registration}
            </Anchor>
          )}
        </li>
      ))}
    </Stack>
  )
}
