import { Anchor, Group, Stack, Text } from '@mantine/core'
import type { Summary } from '@registration/shared/operator'
import { Link } from 'wouter'
import { DateTime } from '../components/date-time.tsx'
import { StatusMark } from '../components/status-mark.tsx'
import { useI18n } from '../i18n/i18n.ts'
import { causeOf } from './cause-of.ts'

/** The list on a phone. */
export function RegistrationCards({ registrations }: { registrations: readonly Summary[] }) {
  const { messages } = useI18n()
  return (
    <Stack component="ul" gap={0} className="cards">
      {registrations.map((registration) => {
        const why = causeOf(registration, messages)
        return (
          <li key={registration.id}>
            <Anchor component={Link} href={`/registrations/${registration.id}`} className="breaks" fw={500}>
              {registration.email}
            </Anchor>
            <Group justify="space-between" gap="xs" mt={4}>
              <Text component="span" size="sm">
                <StatusMark status={registration.status} />
              </Text>
              <Text component="span" size="sm" c="dimmed">
                <DateTime at={registration.createdAt} />
              </Text>
            </Group>
            {why ? (
              <Text size="sm" c="dimmed" mt={4}>
                {why}
              </Text>
            ) : null}
          </li>
        )
      })}
    </Stack>
  )
}
