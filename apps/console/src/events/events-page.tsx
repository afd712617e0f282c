import { Button, Group, Paper, Stack, Text } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Freshness } from '../components/freshness.tsx'
import { Icon } from '../components/icon.tsx'
import { LoadError } from '../components/load-error.tsx'
import { Loading } from '../components/loading.tsx'
import { Notice } from '../components/notice.tsx'
import { PageHead } from '../components/page-head.tsx'
import { useI18n } from '../i18n/i18n.ts'
import { useSession } from '../session/session.ts'
import { EndpointFigures } from './endpoint-figures.tsx'
import { endpointsQuery } from './endpoints-query.ts'
import { EventCards } from './event-cards.tsx'
import { EventFilterBar } from './event-filter-bar.tsx'
import { isNarrowed, NO_EVENT_FILTERS } from './event-filters.ts'
import { EventTable } from './event-table.tsx'
import { chosenOf, eventsQuery } from './events-query.ts'
import { RedriveDeadButton } from './redrive-dead-button.tsx'
import { useEventFilters } from './use-event-filters.ts'

/** The events sent to other apps, and the undeliverable ones. */
export function EventsPage() {
  const { messages } = useI18n()
  const { operator } = useSession()
  const { filters, change, turnTo } = useEventFilters()
  const narrow = useMediaQuery('(max-width: 48em)', false, { getInitialValueInEffect: false })
  const list = useQuery({ ...eventsQuery(operator, filters), placeholderData: keepPreviousData })
  const endpoints = useQuery(endpointsQuery(operator)).data ?? []
  const Rows = narrow ? EventCards : EventTable
  const labels = messages.events
  const { newest, older, filters: common } = messages.list
  const isDead = endpoints.some(
    ({ endpoint, isListed, dead }) =>
      isListed && dead > 0 && (filters.endpoint === '' || filters.endpoint === endpoint),
  )

  const body = () => {
    if (list.data === undefined)
      return list.isError ? <LoadError error={list.error} onRetry={list.refetch} /> : <Loading />
    if (list.data.items.length > 0) return <Rows events={list.data.items} />
    if (!isNarrowed(filters)) return <Notice {...(endpoints.length > 0 ? labels.empty : labels.nobodyIsTold)} />
    return (
      <Notice {...labels.nothingFound}>
        <Button variant="default" onClick={() => change(NO_EVENT_FILTERS)}>
          {common.clear}
        </Button>
      </Notice>
    )
  }

  return (
    <>
      <PageHead title={labels.title} lead={labels.lead}>
        <Stack gap="xs" align="flex-end">
          <RedriveDeadButton chosen={chosenOf(filters)} disabled={!isDead} />
          <Text size="sm" c="dimmed">
            <Freshness readAt={list.dataUpdatedAt} failing={list.isError} />
          </Text>
        </Stack>
      </PageHead>
      <EndpointFigures endpoints={endpoints} />
      <EventFilterBar filters={filters} endpoints={endpoints.map(({ endpoint }) => endpoint)} onChange={change} />
      <Paper withBorder radius="lg" aria-busy={list.isPlaceholderData} style={{ overflow: 'hidden' }}>
        {body()}
      </Paper>
      <Group justify="space-between" mt="md">
        <Button variant="subtle" disabled={filters.after === ''} onClick={() => turnTo('')}>
          {newest}
        </Button>
        <Button
          variant="default"
          rightSection={<Icon name="next" size={16} />}
          disabled={!list.data?.nextCursor}
          onClick={() => turnTo(list.data?.nextCursor ?? '')}
        >
          {older}
        </Button>
      </Group>
    </>
  )
}
