import { Text } from '@mantine/core'
import type { EventSummary } from '@registration/shared/operator'
import { Moment } from '../parts/moment.tsx'
import { useNow } from '../parts/use-now.ts'
import { useSpeech } from '../texts/speech.ts'

/** How often an event was sent, and what came of it each time; the last one at a glance. */
export function Attempts({ event }: { event: EventSummary }) {
  const { texts, format } = useSpeech()
  const now = useNow()
  const words = texts.events.attempts
  const { attempts, failures, state, lastStatus, lastError, nextAttemptAt, finishedAt } = event
  const answer = (status: number | null, error: string | null) =>
    status === null ? (error ?? words.none) : words.answered(status)
  if (attempts === 0) return <span className="missing">{words.none}</span>
  return (
    <details className="attempts">
      <summary>
        {words.count(format.count(attempts))} · {answer(lastStatus, lastError)}
      </summary>
      <ol>
        {failures.map(({ attempt, at, status, error }) => (
          <li key={attempt}>
            {words.attempt(attempt)}: {answer(status, error)} · <Moment at={at} />
          </li>
        ))}
        {state === 'delivered' && finishedAt !== null ? (
          <li>
            {words.delivered}: {answer(lastStatus, lastError)} · <Moment at={finishedAt} />
          </li>
        ) : null}
      </ol>
      {nextAttemptAt === null ? null : (
        <Text size="sm" c="dimmed">
          {words.next(format.span(Math.max(Date.parse(nextAttemptAt) - now.getTime(), 0)))}
        </Text>
      )}
    </details>
  )
}
