import { Grid, SegmentedControl } from '@mantine/core'
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
import { LatencyPanel } from './latency-panel.tsx'
import { OutcomesPanel } from './outcomes-panel.tsx'
import { RANGES, type Range, rangeIn } from './range.ts'
import { RefusalsPanel } from './refusals-panel.tsx'
import { statsQuery } from './stats-query.ts'
import { StatusesPanel } from './statuses-panel.tsx'
import { TagsPanel } from './tags-panel.tsx'

export default function OverviewPage() {
  const { texts } = useSpeech()
  const { operator } = useSession()
  const range = rangeIn(useSearch())
  const [path, navigate] = useLocation()
  const stats = useQuery({ ...statsQuery(operator, range), placeholderData: keepPreviousData })
  const words = texts.overview

  const body = () => {
    if (stats.data === undefined) {
      return stats.isError ? <Failed error={stats.error} onRetry={stats.refetch} /> : <Loading />
    }
    return (
      <>
        <Figures stats={stats.data} rangeMs={RANGES[range]} />
        {stats.data.overTime.length === 0 ? (
          <Notice {...words.empty} />
        ) : (
          <Grid gap="md" mt="md">
            <Grid.Col span={12}>
              <OutcomesPanel stats={stats.data} />
            </Grid.Col>
            <Grid.Col span={{ base: 12, md: 6 }}>
              <LatencyPanel latency={stats.data.latency} />
            </Grid.Col>
            <Grid.Col span={{ base: 12, md: 6 }}>
              <RefusalsPanel refusals={stats.data.refusals} />
            </Grid.Col>
            <Grid.Col span={{ base: 12, md: 6 }}>
              <StatusesPanel byStatus={stats.data.byStatus} />
            </Grid.Col>
            <Grid.Col span={{ base: 12, md: 6 }}>
              <TagsPanel tags={stats.data.tags} />
            </Grid.Col>
          </Grid>
        )}
      </>
    )
  }

  return (
    <>
      <PageHead title={words.title} lead={<Freshness readAt={stats.dataUpdatedAt} failing={stats.isError} />}>
        <SegmentedControl
          aria-label={words.range}
          value={range}
          onChange={(value) => navigate(`${path}?range=${value}`, { replace: true })}
          data={(Object.keys(RANGES) as Range[]).map((value) => ({ value, label: words.ranges[value] }))}
        />
      </PageHead>
      {body()}
    </>
  )
}
