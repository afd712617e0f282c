import { Button, Group } from '@mantine/core'
import type { Details } from '@registration/shared/operator'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Icon } from '../components/icon.tsx'
import { ReasonDialog } from '../components/reason-dialog.tsx'
import { useI18n } from '../i18n/i18n.ts'
import { useSession } from '../session/session.ts'
import { allowedActions } from './allowed-actions.ts'
import { ResolveDialog } from './resolve-dialog.tsx'

type Asked = 'retry' | 'resolve' | 'erase'

/** The actions of an operator on a registration. Each asks for a reason first. */
export function Actions({ registration }: { registration: Details }) {
  const { messages } = useI18n()
  const { operator } = useSession()
  const queries = useQueryClient()
  const [asked, ask] = useState<Asked>()
  const { id } = registration
  const { retry, resolve, erase } = messages.registration
  const allowed = allowedActions(registration)

  const close = () => ask(undefined)
  /** The shown data is out of date after a change. */
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
