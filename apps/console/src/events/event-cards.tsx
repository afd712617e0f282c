import { Anchor, Group, Stack, Text } from '@mantine/core'
import type { EventSummary } from '@registration/shared/operator'
import { Link } from 'wouter'
import { Moment } from '../parts/moment.tsx'
import { useSpeech } from '../texts/speech.ts'
import { Attempts } from './attempts.tsx'
import { EventMark } from './event-mark.tsx'
import { RedriveButton } from './redrive-button.tsx'

export interface EventCardsProps {
  events: readonly EventSummary[]
  /** Whether the page is of one registration, so that nobody has to be told which. */
  isOfOne?: boolean
}

/** Events one below the other: the list on a phone, and a registration's own. */
export function EventCards({ events, isOfOne = false }: EventCardsProps) {
  const { texts } = useSpeech()
  return (
    <Stack component="ul" gap={0} className="cards">
      {events.map((event) => (
        <li key={`${event.id} ${event.endpoint}`}>
          <Group justify="space-between" gap="xs">
            <Text component="span" size="sm" fw={500} className="breaks">
              {texts.events.types[event.type]}
              {event.code === null ? '' : ` · ${event.code}`}
            </Text>
            <Text component="span" size="sm" c="dimmed">
              <Moment at={event.occurredAt} />
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
              {texts.events.registration}
            </Anchor>
          )}
        </li>
      ))}
    </Stack>
  )
}
