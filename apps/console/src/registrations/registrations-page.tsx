import { Button, Group, Paper, Text } from '@mantine/core'
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
import { FilterBar } from './filter-bar.tsx'
import { countFilters, NO_FILTERS } from './filters.ts'
import { listQuery } from './list-query.ts'
import { RegistrationCards } from './registration-cards.tsx'
import { RegistrationTable } from './registration-table.tsx'
import { StuckSentences } from './stuck-sentences.tsx'
import { useFilters } from './use-filters.ts'

export function RegistrationsPage() {
  const { messages } = useI18n()
  const { operator } = useSession()
  const { filters, change, turnTo } = useFilters()
  const narrow = useMediaQuery('(max-width: 48em)', false, { getInitialValueInEffect: false })
  const list = useQuery({ ...listQuery(operator, filters), placeholderData: keepPreviousData })
  const Rows = narrow ? RegistrationCards : RegistrationTable
  const labels = messages.list

  const body = () => {
    if (list.data === undefined)
      return list.isError ? <LoadError error={list.error} onRetry={list.refetch} /> : <Loading />
    if (list.data.items.length > 0) return <Rows registrations={list.data.items} />
    if (countFilters(filters) === 0) return <Notice {...labels.empty} />
    return (
      <Notice {...labels.nothingFound}>
        <Button variant="default" onClick={() => change(NO_FILTERS)}>
          {labels.filters.clear}
        </Button>
      </Notice>
    )
  }

  return (
    <>
      <PageHead title={labels.title} lead={labels.lead}>
        <Text size="sm" c="dimmed">
          <Freshness readAt={list.dataUpdatedAt} failing={list.isError} />
        </Text>
      </PageHead>
      <FilterBar filters={filters} onChange={change} />
      {filters.statuses.length === 1 && filters.statuses[0] === 'stuck' ? <StuckSentences /> : null}
      <Paper withBorder radius="lg" aria-busy={list.isPlaceholderData} style={{ overflow: 'hidden' }}>
        {body()}
      </Paper>
      <Group justify="space-between" mt="md">
        <Button variant="subtle" disabled={filters.after === ''} onClick={() => turnTo('')}>
          {labels.newest}
        </Button>
        <Button
          variant="default"
          rightSection={<Icon name="next" size={16} />}
          disabled={!list.data?.nextCursor}
          onClick={() => turnTo(list.data?.nextCursor ?? '')}
        >
          {labels.older}
        </Button>
      </Group>
    </>
  )
}
