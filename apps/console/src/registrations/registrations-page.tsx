import { Button, Group, Paper, Text } from '@mantine/core'
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
import { FilterBar } from './filter-bar.tsx'
import { countFilters, NO_FILTERS } from './filters.ts'
import { listQuery } from './list-query.ts'
import { RegistrationCards } from './registration-cards.tsx'
import { RegistrationTable } from './registration-table.tsx'
import { useFilters } from './use-filters.ts'

export function RegistrationsPage() {
  const { texts } = useSpeech()
  const { operator } = useSession()
  const { filters, change, turnTo } = useFilters()
  const narrow = useMediaQuery('(max-width: 48em)', false, { getInitialValueInEffect: false })
  const list = useQuery({ ...listQuery(operator, filters), placeholderData: keepPreviousData })
  const Rows = narrow ? RegistrationCards : RegistrationTable
  const words = texts.list

  const body = () => {
    if (list.data === undefined)
      return list.isError ? <Failed error={list.error} onRetry={list.refetch} /> : <Loading />
    if (list.data.items.length > 0) return <Rows registrations={list.data.items} />
    if (countFilters(filters) === 0) return <Notice {...words.empty} />
    return (
      <Notice {...words.nothingFound}>
        <Button variant="default" onClick={() => change(NO_FILTERS)}>
          {words.filters.clear}
        </Button>
      </Notice>
    )
  }

  return (
    <>
      <PageHead title={words.title} lead={words.lead}>
        <Text size="sm" c="dimmed">
          <Freshness readAt={list.dataUpdatedAt} failing={list.isError} />
        </Text>
      </PageHead>
      <FilterBar filters={filters} onChange={change} />
      <Paper withBorder radius="lg" aria-busy={list.isPlaceholderData} style={{ overflow: 'hidden' }}>
        {body()}
      </Paper>
      <Group justify="space-between" mt="md">
        <Button variant="subtle" disabled={filters.after === ''} onClick={() => turnTo('')}>
          {words.newest}
        </Button>
        <Button
          variant="default"
          rightSection={<Icon name="next" size={16} />}
          disabled={!list.data?.nextCursor}
          onClick={() => turnTo(list.data?.nextCursor ?? '')}
        >
          {words.older}
        </Button>
      </Group>
    </>
  )
}
