import { Grid, Text } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useLocation, useSearch } from 'wouter'
import { Failed } from '../parts/failed.tsx'
import { Freshness } from '../parts/freshness.tsx'
import { Loading } from '../parts/loading.tsx'
import { Notice } from '../parts/notice.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { useSession } from '../session/session.ts'
import { useSpeech } from '../texts/speech.ts'
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
  const { texts, format } = useSpeech()
  const { operator } = useSession()
  const period = periodIn(useSearch())
  const [path, navigate] = useLocation()
  const stats = useQuery({ ...statsQuery(operator, period), placeholderData: keepPreviousData })
  const words = texts.overview

  const body = () => {
    if (stats.data === undefined) {
      return stats.isError ? <Failed error={stats.error} onRetry={stats.refetch} /> : <Loading />
    }
    const bounds = boundsOf(period, new Date(stats.dataUpdatedAt))
    const listLink = listLinkWithin(bounds, period.to === '')
    return (
      <>
        {stats.data.counted < 1 ? (
          <Text size="sm" c="dimmed" mb="md">
            {words.estimated(format.share(stats.data.counted))}
          </Text>
        ) : null}
        <Figures stats={stats.data} rangeMs={bounds.to.getTime() - bounds.from.getTime()} listLink={listLink} />
        {stats.data.overTime.length === 0 ? (
          <Notice {...words.empty} />
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
      <PageHead title={words.title} lead={<Freshness readAt={stats.dataUpdatedAt} failing={stats.isError} />}>
        <PeriodPicker period={period} onPick={(picked) => navigate(`${path}${searchOf(picked)}`, { replace: true })} />
      </PageHead>
      {body()}
    </>
  )
}
