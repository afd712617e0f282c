import { Grid, Text } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useLocation, useSearch } from 'wouter'
import { Freshness } from '../components/freshness.tsx'
import { LoadError } from '../components/load-error.tsx'
import { Loading } from '../components/loading.tsx'
import { Notice } from '../components/notice.tsx'
import { PageHead } from '../components/page-head.tsx'
import { useI18n } from '../i18n/i18n.ts'
import { useSession } from '../session/session.ts'
import { Figures } from './figures.tsx'
import { FunnelPanel } from './funnel-panel.tsx'
import { LatencyPanel } from './latency-panel.tsx'
import { listLinkWithin } from './list-link.ts'
import { OutcomesPanel } from './outcomes-panel.tsx'
import { PeriodPicker } from './period-picker.tsx'
import { boundsOf, periodIn, searchOf } from './range.ts'
import { RefusalsPanel } from './refusals-panel.tsx'
import { statsQuery } from './stats-query.ts'
import { StatusesPanel } from './statuses-panel.tsx'
import { TagsPanel } from './tags-panel.tsx'

export default function OverviewPage() {
  const { messages, format } = useI18n()
  const { operator } = useSession()
  const period = periodIn(useSearch())
  const [path, navigate] = useLocation()
  const stats = useQuery({ ...statsQuery(operator, period), placeholderData: keepPreviousData })
  const labels = messages.overview

  const body = () => {
    if (stats.data === undefined) {
      return stats.isError ? <LoadError error={stats.error} onRetry={stats.refetch} /> : <Loading />
    }
    const bounds = boundsOf(period, new Date(stats.dataUpdatedAt))
    const listLink = listLinkWithin(bounds, period.to === '')
    return (
      <>
        {stats.data.counted < 1 ? (
          <Text size="sm" c="dimmed" mb="md">
            {labels.estimated(format.share(stats.data.counted))}
          </Text>
        ) : null}
        <Figures stats={stats.data} rangeMs={bounds.to.getTime() - bounds.from.getTime()} listLink={listLink} />
        {stats.data.overTime.length === 0 ? (
          <Notice {...labels.empty} />
        ) : (
          <Grid gap="md" mt="md">
            <Grid.Col span={{ base: 12, lg: 7 }}>
              <OutcomesPanel stats={stats.data} />
            </Grid.Col>
            <Grid.Col span={{ base: 12, lg: 5 }}>
              <FunnelPanel byStatus={stats.data.byStatus} listLink={listLink} />
            </Grid.Col>
            <Grid.Col span={{ base: 12, md: 6 }}>
              <LatencyPanel stats={stats.data} />
            </Grid.Col>
            <Grid.Col span={{ base: 12, md: 6 }}>
              <TagsPanel tags={stats.data.tags} listLink={listLink} />
            </Grid.Col>
            <Grid.Col span={{ base: 12, md: 6 }}>
              <StatusesPanel byStatus={stats.data.byStatus} listLink={listLink} />
            </Grid.Col>
            <Grid.Col span={{ base: 12, md: 6 }}>
              <RefusalsPanel refusals={stats.data.refusals} listLink={listLink} />
            </Grid.Col>
          </Grid>
        )}
      </>
    )
  }

  return (
    <>
      <PageHead title={labels.title} lead={<Freshness readAt={stats.dataUpdatedAt} failing={stats.isError} />}>
        <PeriodPicker period={period} onPick={(picked) => navigate(`${path}${searchOf(picked)}`, { replace: true })} />
      </PageHead>
      {body()}
    </>
  )
}
