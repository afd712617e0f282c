import { Anchor, Grid, Group, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { Failed } from '../parts/failed.tsx'
import { Freshness } from '../parts/freshness.tsx'
import { Icon } from '../parts/icon.tsx'
import { Loading } from '../parts/loading.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { StatusMark } from '../parts/status-mark.tsx'
import { useSession } from '../session/session.ts'
import { useSpeech } from '../texts/speech.ts'
import { Actions } from './actions.tsx'
import { EventsPanel } from './events-panel.tsx'
import { HistoryPanel } from './history-panel.tsx'
import { PartnerPanel } from './partner-panel.tsx'
import { registrationQuery } from './registration-query.ts'
import { StandingAlert } from './standing-alert.tsx'
import { VisitorPanel } from './visitor-panel.tsx'

export function RegistrationPage({ id }: { id: string }) {
  const { texts } = useSpeech()
  const { operator } = useSession()
  const found = useQuery(registrationQuery(operator, id))
  const registration = found.data

  if (registration === undefined) {
    return found.isError ? <Failed error={found.error} isPage onRetry={found.refetch} /> : <Loading />
  }
  return (
    <>
      <Anchor component={Link} href="/registrations" size="sm">
        <Group gap={4} component="span" mb="sm">
          <Icon name="back" size={15} />
          {texts.registration.back}
        </Group>
      </Anchor>
      <PageHead
        title={registration.email}
        tab={texts.registration.tab}
        lead={
          <Group gap="md">
            <StatusMark status={registration.status} />
            <Freshness readAt={found.dataUpdatedAt} failing={found.isError} />
          </Group>
        }
      >
        <Actions registration={registration} />
      </PageHead>
      <StandingAlert registration={registration} />
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
