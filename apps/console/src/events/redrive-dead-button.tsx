import { Button, Text } from '@mantine/core'
import type { DeadEvents } from '@registration/shared/operator'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Icon } from '../components/icon.tsx'
import { ReasonDialog } from '../components/reason-dialog.tsx'
import { useI18n } from '../i18n/i18n.ts'
import { useSession } from '../session/session.ts'

export interface RedriveDeadButtonProps {
  /** The filters of the list. */
  chosen: DeadEvents
  /** Whether there are dead events. */
  disabled: boolean
}

/** Sends the matching dead events again, in batches of one commit each. */
export function RedriveDeadButton({ chosen, disabled }: RedriveDeadButtonProps) {
  const { messages, format } = useI18n()
  const { operator } = useSession()
  const queries = useQueryClient()
  const [isAsked, ask] = useState(false)
  const [sent, setSent] = useState<number>()
  const { action, title, lead, leadOfAll, confirm, done } = messages.events.redriveDead
  const { endpoint, type = [], registrationId } = chosen
  const filters = [endpoint, ...type.map((one) => messages.events.types[one]), registrationId].filter(Boolean)

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
