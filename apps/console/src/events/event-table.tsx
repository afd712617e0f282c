import { Anchor, Table, Text, VisuallyHidden } from '@mantine/core'
import type { EventSummary } from '@registration/shared/operator'
import { Link } from 'wouter'
import { DateTime } from '../components/date-time.tsx'
import { useI18n } from '../i18n/i18n.ts'
import { Attempts } from './attempts.tsx'
import { EventMark } from './event-mark.tsx'
import { RedriveButton } from './redrive-button.tsx'

/** The list on a wide screen. */
export function EventTable({ events }: { events: readonly EventSummary[] }) {
  const { messages } = useI18n()
  const { columns, types, redrive, registration } = messages.events
  return (
    <Table highlightOnHover verticalSpacing="sm" horizontalSpacing="md">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{columns.state}</Table.Th>
          <Table.Th>{columns.what}</Table.Th>
          <Table.Th>{columns.endpoint}</Table.Th>
          <Table.Th>{columns.happened}</Table.Th>
          <Table.Th>{columns.attempts}</Table.Th>
          <Table.Th>
            <VisuallyHidden>{redrive.action}</VisuallyHidden>
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {events.map((event) => (
          <Table.Tr key={`${event.id} ${event.endpoint}`}>
            <Table.Td>
              <EventMark state={event.state} />
            </Table.Td>
            <Table.Td>
              <Text size="sm">
                {types[event.type]}
                {event.code === null ? '' : ` · ${event.code}`}
              </Text>
              <Anchor component={Link} href={`/registrations/${event.registrationId}`} size="sm">
                {registration}
              </Anchor>
            </Table.Td>
            <Table.Td className="breaks">{event.endpoint}</Table.Td>
            <Table.Td className="short">
              <DateTime at={event.occurredAt} />
            </Table.Td>
            <Table.Td>
              <Attempts event={event} />
            </Table.Td>
            <Table.Td>
              <RedriveButton event={event} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}
