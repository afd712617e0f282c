import { Button } from '@mantine/core'
import type { EventSummary } from '@registration/shared/operator'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ReasonDialog } from '../parts/reason-dialog.tsx'
import { useSession } from '../session/session.ts'
import { useSpeech } from '../texts/speech.ts'

/** Sends one event again, after a reason. */
export function RedriveButton({ event: { id, endpoint, state } }: { event: EventSummary }) {
  const { texts } = useSpeech()
  const { operator } = useSession()
  const queries = useQueryClient()
  const [isAsked, ask] = useState(false)
  const { action, title, leads, confirm } = texts.events.redrive
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
