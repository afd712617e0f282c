import { Button, Group } from '@mantine/core'
import type { Details } from '@registration/shared/operator'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Icon } from '../parts/icon.tsx'
import { ReasonDialog } from '../parts/reason-dialog.tsx'
import { useSession } from '../session/session.ts'
import { useSpeech } from '../texts/speech.ts'
import { allowedActions } from './allowed-actions.ts'
import { ResolveDialog } from './resolve-dialog.tsx'

type Asked = 'retry' | 'resolve' | 'erase'

/** What an operator can do about a registration; each asks for a reason first. */
export function Actions({ registration }: { registration: Details }) {
  const { texts } = useSpeech()
  const { operator } = useSession()
  const queries = useQueryClient()
  const [asked, ask] = useState<Asked>()
  const { id } = registration
  const { retry, resolve, erase } = texts.registration
  const allowed = allowedActions(registration)

  const close = () => ask(undefined)
  /** What was shown is out of date once something has changed. */
  const andReload = async (changing: Promise<unknown>) => {
    await changing
    await queries.invalidateQueries()
  }

  return (
    <Group gap="sm">
      <Button
        variant="default"
        leftSection={<Icon name="retry" size={16} />}
        disabled={!allowed.has('retry')}
        onClick={() => ask('retry')}
      >
        {retry.action}
      </Button>
      <Button disabled={!allowed.has('resolve')} onClick={() => ask('resolve')}>
        {resolve.action}
      </Button>
      <Button variant="default" disabled={!allowed.has('erase')} onClick={() => ask('erase')}>
        {erase.action}
      </Button>
      {asked === 'retry' ? (
        <ReasonDialog
          {...retry}
          act={(reason) => andReload(operator.registrations.retry.mutate({ id, reason }))}
          onClose={close}
        />
      ) : null}
      {asked === 'erase' ? (
        <ReasonDialog
          {...erase}
          color="red"
          act={(reason) => andReload(operator.registrations.erase.mutate({ id, reason }))}
          onClose={close}
        />
      ) : null}
      {asked === 'resolve' ? (
        <ResolveDialog
          act={(resolution, reason) => andReload(operator.registrations.resolve.mutate({ id, reason, ...resolution }))}
          onClose={close}
        />
      ) : null}
    </Group>
  )
}
