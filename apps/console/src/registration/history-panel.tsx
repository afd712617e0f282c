import { Text, Timeline } from '@mantine/core'
import type { Details, HistoryEntry } from '@registration/shared/operator'
import { Moment } from '../parts/moment.tsx'
import { Panel } from '../parts/panel.tsx'
import { useSpeech } from '../texts/speech.ts'
import type { Texts } from '../texts/texts.ts'

/** What happened to a registration, newest first: what needs explaining is on top. */
export function HistoryPanel({ registration }: { registration: Details }) {
  const { texts, format } = useSpeech()
  const words = texts.registration.history
  const { history } = registration
  return (
    <Panel title={words.title} note={words.lead}>
      <Timeline bulletSize={16} lineWidth={2} className="history">
        {history.map((entry, index) => (
          // Nothing is ever put between two entries: counted from the oldest, a place is a name.
          <Timeline.Item key={history.length - index} title={titleOf(entry, texts)} data-tone={toneOf(entry)}>
            <Text size="sm" c="dimmed">
              <Moment at={entry.at} />
              {entry.kind === 'call' && entry.durationMs !== null
                ? ` · ${words.took(format.span(entry.durationMs))}`
                : ''}
            </Text>
            <Text size="sm" c="dimmed" className="breaks">
              {originOf(entry, texts)}
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

function titleOf(entry: HistoryEntry, texts: Texts): string {
  const words = texts.registration.history
  switch (entry.kind) {
    case 'begun':
      return words.begun
    case 'call':
      return `${words.call(entry.attempt)}: ${words.outcomes[entry.outcome ?? 'open']}`
    case 'status':
      return texts.statuses[entry.status].name
    case 'action':
      return words.actions[entry.action](entry.by)
  }
}

/** Why it came to it, and which process did it. */
function originOf(entry: HistoryEntry, texts: Texts): string {
  const words = texts.registration.history
  const replica = 'replica' in entry && entry.replica !== null ? [words.on(entry.replica)] : []
  if (entry.kind === 'action') return entry.endpoints?.join(', ') ?? ''
  if (entry.kind !== 'call') return replica.join()
  return [words.why[entry.why], ...(entry.lookedUp ? [words.lookedUp] : []), ...replica].join(' · ')
}

/** The mark's colour, as the status of which it is a step. */
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
