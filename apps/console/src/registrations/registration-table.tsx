import { Anchor, Table, Text } from '@mantine/core'
import type { Summary } from '@registration/shared/operator'
import { Link } from 'wouter'
import { DateTime } from '../components/date-time.tsx'
import { StatusMark } from '../components/status-mark.tsx'
import { useI18n } from '../i18n/i18n.ts'
import { causeOf } from './cause-of.ts'

/** The list on a wide screen. */
export function RegistrationTable({ registrations }: { registrations: readonly Summary[] }) {
  const { messages, format } = useI18n()
  const { columns } = messages.list
  return (
    <Table highlightOnHover verticalSpacing="sm" horizontalSpacing="md">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{columns.status}</Table.Th>
          <Table.Th>{columns.email}</Table.Th>
          <Table.Th>{columns.begun}</Table.Th>
          <Table.Th>{columns.why}</Table.Th>
          <Table.Th>{columns.tag}</Table.Th>
          <Table.Th>{columns.clickId}</Table.Th>
          <Table.Th ta="right">{columns.calls}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {registrations.map((registration) => (
          <Table.Tr key={registration.id}>
            <Table.Td>
              <StatusMark status={registration.status} />
            </Table.Td>
            <Table.Td>
              <Anchor component={Link} href={`/registrations/${registration.id}`} size="sm" className="breaks">
                {registration.email}
              </Anchor>
            </Table.Td>
            <Table.Td className="short">
              <DateTime at={registration.createdAt} />
            </Table.Td>
            <Table.Td>
              <Text size="sm" c="dimmed">
                {causeOf(registration, messages)}
              </Text>
            </Table.Td>
            <Table.Td className="breaks">{registration.tag}</Table.Td>
            <Table.Td className="breaks">{registration.clickId}</Table.Td>
            <Table.Td ta="right">{format.count(registration.attempts)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}
