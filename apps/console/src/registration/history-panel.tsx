import { Text, Timeline } from '@mantine/core'
import type { Details, HistoryEntry } from '@registration/shared/operator'
import { DateTime } from '../components/date-time.tsx'
import { Panel } from '../components/panel.tsx'
import { useI18n } from '../i18n/i18n.ts'
import type { Messages } from '../i18n/messages.ts'

/** The history of a registration, newest first. */
export function HistoryPanel({ registration }: { registration: Details }) {
  const { messages, format } = useI18n()
  const labels = messages.registration.history
  const { history } = registration
  return (
    <Panel title={labels.title} note={labels.lead}>
      <Timeline bulletSize={16} lineWidth={2} className="history">
        {history.map((entry, index) => (
          // Entries are only added at the end, so an entry's index from the oldest is a stable key.
          <Timeline.Item key={history.length - index} title={titleOf(entry, messages)} data-tone={toneOf(entry)}>
            <Text size="sm" c="dimmed">
              <DateTime at={entry.at} />
              {entry.kind === 'call' && entry.durationMs !== null
                ? ` · ${labels.took(format.span(entry.durationMs))}`
                : ''}
            </Text>
            <Text size="sm" c="dimmed" className="breaks">
              {originOf(entry, messages)}
            </Text>
            {entry.kind === 'action' ? (
              <Text size="sm" mt={4} className="breaks">
                {entry.reason}
              </Text>
            ) : null}
          </Timeline.Item>
        ))}
      </Timeline>
    </Panel>
  )
}

function titleOf(entry: HistoryEntry, messages: Messages): string {
  const labels = messages.registration.history
  switch (entry.kind) {
    case 'begun':
      return labels.begun
    case 'call':
      return `${labels.call(entry.attempt)}: ${labels.outcomes[entry.outcome ?? 'open']}`
    case 'status':
      return messages.statuses[entry.status].name
    case 'action':
      return labels.actions[entry.action](entry.by)
  }
}

/** The reason of an entry, and the process that made it. */
function originOf(entry: HistoryEntry, messages: Messages): string {
  const labels = messages.registration.history
  const replica = 'replica' in entry && entry.replica !== null ? [labels.on(entry.replica)] : []
  if (entry.kind === 'action') return entry.endpoints?.join(', ') ?? ''
  if (entry.kind !== 'call') return replica.join()
  return [labels.why[entry.why], ...(entry.lookedUp ? [labels.lookedUp] : []), ...replica].join(' · ')
}

/** The colour of an entry's mark. */
function toneOf(entry: HistoryEntry): string {
  switch (entry.kind) {
    case 'begun':
      return 'pending'
    case 'call':
      return entry.outcome === 'accepted' ? 'succeeded' : entry.outcome === 'unknown' ? 'uncertain' : 'rejected'
    case 'status':
      return entry.status
    case 'action':
      return 'action'
  }
}
