import { Text } from '@mantine/core'
import type { EventSummary } from '@registration/shared/operator'
import { DateTime } from '../components/date-time.tsx'
import { useNow } from '../components/use-now.ts'
import { useI18n } from '../i18n/i18n.ts'

/** The attempts to deliver an event. The summary shows the last one. */
export function Attempts({ event }: { event: EventSummary }) {
  const { messages, format } = useI18n()
  const now = useNow()
  const labels = messages.events.attempts
  const { attempts, failures, state, lastStatus, lastError, nextAttemptAt, finishedAt } = event
  const answer = (status: number | null, error: string | null) =>
    status === null ? (error ?? labels.none) : labels.answered(status)
  if (attempts === 0) return <span className="missing">{labels.none}</span>
  return (
    <details className="attempts">
      <summary>
        {labels.count(format.count(attempts))} · {answer(lastStatus, lastError)}
      </summary>
      <ol>
        {failures.map(({ attempt, at, status, error }) => (
          <li key={attempt}>
            {labels.attempt(attempt)}: {answer(status, error)} · <DateTime at={at} />
          </li>
        ))}
        {state === 'delivered' && finishedAt !== null ? (
          <li>
            {labels.delivered}: {answer(lastStatus, lastError)} · <DateTime at={finishedAt} />
          </li>
        ) : null}
      </ol>
      {nextAttemptAt === null ? null : (
        <Text size="sm" c="dimmed">
          {labels.next(format.span(Math.max(Date.parse(nextAttemptAt) - now.getTime(), 0)))}
        </Text>
      )}
    </details>
  )
}
