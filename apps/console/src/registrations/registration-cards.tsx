import { Anchor, Group, Stack, Text } from '@mantine/core'
import type { Summary } from '@registration/shared/operator'
import { Link } from 'wouter'
import { Moment } from '../parts/moment.tsx'
import { StatusMark } from '../parts/status-mark.tsx'
import { useSpeech } from '../texts/speech.ts'
import { whyOf } from './why-of.ts'

/** The list on a phone. */
export function RegistrationCards({ registrations }: { registrations: readonly Summary[] }) {
  const { texts } = useSpeech()
  return (
    <Stack component="ul" gap={0} className="cards">
      {registrations.map((registration) => {
        const why = whyOf(registration, texts)
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
                <Moment at={registration.createdAt} />
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
