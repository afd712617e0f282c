import { Anchor, Grid, Group, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { Freshness } from '../components/freshness.tsx'
import { Icon } from '../components/icon.tsx'
import { LoadError } from '../components/load-error.tsx'
import { Loading } from '../components/loading.tsx'
import { PageHead } from '../components/page-head.tsx'
import { StatusMark } from '../components/status-mark.tsx'
import { useI18n } from '../i18n/i18n.ts'
import { useSession } from '../session/session.ts'
import { Actions } from './actions.tsx'
import { EventsPanel } from './events-panel.tsx'
import { HistoryPanel } from './history-panel.tsx'
import { PartnerPanel } from './partner-panel.tsx'
import { registrationQuery } from './registration-query.ts'
import { StatusAlert } from './status-alert.tsx'
import { VisitorPanel } from './visitor-panel.tsx'

export function RegistrationPage({ id }: { id: string }) {
  const { messages } = useI18n()
  const { operator } = useSession()
  const found = useQuery(registrationQuery(operator, id))
  const registration = found.data

  if (registration === undefined) {
    return found.isError ? <LoadError error={found.error} isPage onRetry={found.refetch} /> : <Loading />
  }
  return (
    <>
      <Anchor component={Link} href="/registrations" size="sm">
        <Group gap={4} component="span" mb="sm">
          <Icon name="back" size={15} />
          {messages.registration.back}
        </Group>
      </Anchor>
      <PageHead
        title={registration.email}
        tab={messages.registration.tab}
        lead={
          <Group gap="md">
            <StatusMark status={registration.status} />
            <Freshness readAt={found.dataUpdatedAt} failing={found.isError} />
          </Group>
        }
      >
        <Actions registration={registration} />
      </PageHead>
      <StatusAlert registration={registration} />
      <Grid gap="md" align="flex-start">
        <Grid.Col span={{ base: 12, lg: 7 }}>
          <Stack gap="md">
            <HistoryPanel registration={registration} />
            <EventsPanel registrationId={id} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 5 }}>
          <Stack gap="md">
            <VisitorPanel registration={registration} />
            <PartnerPanel registration={registration} />
          </Stack>
        </Grid.Col>
      </Grid>
    </>
  )
}
