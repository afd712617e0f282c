import { Button, Text } from '@mantine/core'
import type { DeadEvents } from '@registration/shared/operator'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Icon } from '../parts/icon.tsx'
import { ReasonDialog } from '../parts/reason-dialog.tsx'
import { useSession } from '../session/session.ts'
import { useSpeech } from '../texts/speech.ts'

export interface RedriveDeadButtonProps {
  /** What the filters leave. */
  chosen: DeadEvents
  /** Whether there is anything dead. */
  disabled: boolean
}

/** Sends all dead events again that are chosen: some at a time, since each some are a commit, until all were gone through. */
export function RedriveDeadButton({ chosen, disabled }: RedriveDeadButtonProps) {
  const { texts, format } = useSpeech()
  const { operator } = useSession()
  const queries = useQueryClient()
  const [isAsked, ask] = useState(false)
  const [sent, setSent] = useState<number>()
  const { action, title, lead, leadOfAll, confirm, done } = texts.events.redriveDead
  const { endpoint, type = [], registrationId } = chosen
  const filters = [endpoint, ...type.map((one) => texts.events.types[one]), registrationId].filter(Boolean)

  const redriveAll = async (reason: string) => {
    let total = 0
    let cursor: string | undefined
    do {
      const answer = await operator.events.redrive.mutate({ dead: chosen, reason, ...(cursor ? { cursor } : {}) })
      total += answer.redriven
      setSent(total)
      cursor = answer.nextCursor ?? undefined
    } while (cursor !== undefined)
    await queries.invalidateQueries()
  }

  return (
    <div>
      <Button leftSection={<Icon name="retry" size={16} />} disabled={disabled} onClick={() => ask(true)}>
        {action}
      </Button>
      <Text role="status" size="sm" c="dimmed">
        {sent === undefined ? '' : done(format.count(sent))}
      </Text>
      {isAsked ? (
        <ReasonDialog
          title={title}
          lead={filters.length === 0 ? leadOfAll : lead(filters.join(', '))}
          confirm={confirm}
          act={redriveAll}
          onClose={() => ask(false)}
        />
      ) : null}
    </div>
  )
}
