import { Button, Group, Paper, Stack, Text } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Failed } from '../parts/failed.tsx'
import { Freshness } from '../parts/freshness.tsx'
import { Icon } from '../parts/icon.tsx'
import { Loading } from '../parts/loading.tsx'
import { Notice } from '../parts/notice.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { useSession } from '../session/session.ts'
import { useSpeech } from '../texts/speech.ts'
import { EndpointFigures } from './endpoint-figures.tsx'
import { endpointsQuery } from './endpoints-query.ts'
import { EventCards } from './event-cards.tsx'
import { EventFilterBar } from './event-filter-bar.tsx'
import { isNarrowed, NO_EVENT_FILTERS } from './event-filters.ts'
import { EventTable } from './event-table.tsx'
import { chosenOf, eventsQuery } from './events-query.ts'
import { RedriveDeadButton } from './redrive-dead-button.tsx'
import { useEventFilters } from './use-event-filters.ts'

/** What other apps were told, and what could not be told them. */
export function EventsPage() {
  const { texts } = useSpeech()
  const { operator } = useSession()
  const { filters, change, turnTo } = useEventFilters()
  const narrow = useMediaQuery('(max-width: 48em)', false, { getInitialValueInEffect: false })
  const list = useQuery({ ...eventsQuery(operator, filters), placeholderData: keepPreviousData })
  const endpoints = useQuery(endpointsQuery(operator)).data ?? []
  const Rows = narrow ? EventCards : EventTable
  const words = texts.events
  const { newest, older, filters: common } = texts.list
  const isDead = endpoints.some(
    ({ endpoint, isListed, dead }) =>
      isListed && dead > 0 && (filters.endpoint === '' || filters.endpoint === endpoint),
  )

  const body = () => {
    if (list.data === undefined)
      return list.isError ? <Failed error={list.error} onRetry={list.refetch} /> : <Loading />
    if (list.data.items.length > 0) return <Rows events={list.data.items} />
    if (!isNarrowed(filters)) return <Notice {...(endpoints.length > 0 ? words.empty : words.nobodyIsTold)} />
    return (
      <Notice {...words.nothingFound}>
        <Button variant="default" onClick={() => change(NO_EVENT_FILTERS)}>
          {common.clear}
        </Button>
      </Notice>
    )
  }

  return (
    <>
      <PageHead title={words.title} lead={words.lead}>
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
