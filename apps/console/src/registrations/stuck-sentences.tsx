import { Button, Code, Group, Radio, Stack, Text } from '@mantine/core'
import type { ResolveSentenceInput, StuckSentence } from '@registration/shared/operator'
import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { OperatorClient } from '../api/create-client.ts'
import { CopyValue } from '../components/copy-value.tsx'
import { Panel } from '../components/panel.tsx'
import { ReasonDialog } from '../components/reason-dialog.tsx'
import { useI18n } from '../i18n/i18n.ts'
import { useSession } from '../session/session.ts'

type Outcome = ResolveSentenceInput['outcome']

const OUTCOMES: readonly Outcome[] = ['account_without_link', 'absent']

function stuckSentencesQuery(operator: OperatorClient) {
  return queryOptions({
    queryKey: ['stuck-sentences'],
    queryFn: ({ signal }) => operator.registrations.stuckSentences.query(undefined, { signal }),
  })
}

/** The partner's sentences of stuck registrations. All registrations with one sentence can be resolved at once. */
export function StuckSentences() {
  const { messages, format } = useI18n()
  const { operator } = useSession()
  const queries = useQueryClient()
  const sentences = useQuery(stuckSentencesQuery(operator))
  const [asked, ask] = useState<StuckSentence>()
  const [resolved, setResolved] = useState<number>()
  const labels = messages.list.sentences

  const resolveAll = async (sentence: string, outcome: Outcome, reason: string) => {
    let total = 0
    let cursor: string | undefined
    do {
      const input = { sentence, outcome, reason, ...(cursor ? { cursor } : {}) }
      const batch = await operator.registrations.resolveSentence.mutate(input)
      total += batch.resolved
      setResolved(total)
      cursor = batch.nextCursor ?? undefined
    } while (cursor !== undefined)
    await queries.invalidateQueries()
  }

  if (!sentences.data?.length && resolved === undefined) return null
  return (
    <Panel title={labels.title} note={labels.lead}>
      <Stack component="ul" className="sentences" gap="md">
        {sentences.data?.map((one) => (
          <li key={one.sentence}>
            <Group justify="space-between" align="flex-start">
              <div className="sentence">
                <Text className="breaks">“{one.sentence}”</Text>
                <Text size="sm" c="dimmed">
                  {labels.count(format.bounded(one.count))}
                </Text>
              </div>
              <Button variant="default" onClick={() => ask(one)}>
                {labels.action}
              </Button>
            </Group>
            {one.alreadyWords === null ? null : (
              <Group gap="xs" mt={4}>
                <Text size="sm" c="dimmed">
                  {labels.setting} <Code>PARTNER_ALREADY_WORDS</Code>
                </Text>
                <CopyValue value={one.alreadyWords} label={labels.phrase} />
              </Group>
            )}
          </li>
        ))}
      </Stack>
      <Text role="status" size="sm" c="dimmed">
        {resolved === undefined ? '' : labels.done(format.count(resolved))}
      </Text>
      {asked ? (
        <ResolveSentenceDialog
          asked={asked}
          act={(outcome, reason) => resolveAll(asked.sentence, outcome, reason)}
          onClose={() => ask(undefined)}
        />
      ) : null}
    </Panel>
  )
}

interface ResolveSentenceDialogProps {
  asked: StuckSentence
  act(outcome: Outcome, reason: string): Promise<unknown>
  onClose(): void
}

function ResolveSentenceDialog({ asked, act, onClose }: ResolveSentenceDialogProps) {
  const { messages, format } = useI18n()
  const labels = messages.list.sentences
  const { outcome: label, outcomes, outcomeMissing } = messages.registration.resolve
  const [outcome, setOutcome] = useState<Outcome>()
  const [wasTried, setTried] = useState(false)
  return (
    <ReasonDialog
      title={labels.question(format.bounded(asked.count))}
      lead={`“${asked.sentence}”`}
      confirm={labels.action}
      isComplete={() => {
        setTried(true)
        return outcome !== undefined
      }}
      act={(reason) => (outcome === undefined ? Promise.reject(new Error(outcomeMissing)) : act(outcome, reason))}
      onClose={onClose}
    >
      <Radio.Group
        label={label}
        withAsterisk
        error={wasTried && outcome === undefined ? outcomeMissing : undefined}
        value={outcome ?? null}
        onChange={(value) => setOutcome(value as Outcome)}
      >
        <Stack gap="sm" my="xs">
          {OUTCOMES.map((value, index) => (
            <Radio
              key={value}
              value={value}
              label={outcomes[value].name}
              description={outcomes[value].meaning}
              data-autofocus={index === 0 ? true : undefined}
            />
          ))}
        </Stack>
      </Radio.Group>
    </ReasonDialog>
  )
}
