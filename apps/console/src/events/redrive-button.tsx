import { Button } from '@mantine/core'
import type { EventSummary } from '@registration/shared/operator'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ReasonDialog } from '../components/reason-dialog.tsx'
import { useI18n } from '../i18n/i18n.ts'
import { useSession } from '../session/session.ts'

/** Sends one event again, after a reason. */
export function RedriveButton({ event: { id, endpoint, state } }: { event: EventSummary }) {
  const { messages } = useI18n()
  const { operator } = useSession()
  const queries = useQueryClient()
  const [isAsked, ask] = useState(false)
  const { action, title, leads, confirm } = messages.events.redrive
  return (
    <>
      <Button size="compact-sm" variant="default" onClick={() => ask(true)}>
        {action}
      </Button>
      {isAsked ? (
        <ReasonDialog
          title={title(endpoint)}
          lead={leads[state]}
          confirm={confirm}
          act={async (reason) => {
            await operator.events.redrive.mutate({ id, endpoint, reason })
            await queries.invalidateQueries()
          }}
          onClose={() => ask(false)}
        />
      ) : null}
    </>
  )
}
