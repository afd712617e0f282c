import { Button } from '@mantine/core'
import type { Details, Secrets } from '@registration/shared/operator'
import { useState } from 'react'
import { CopyValue } from '../components/copy-value.tsx'
import { DetailList } from '../components/detail-list.tsx'
import { Icon } from '../components/icon.tsx'
import { Panel } from '../components/panel.tsx'
import { ReasonDialog } from '../components/reason-dialog.tsx'
import { useI18n } from '../i18n/i18n.ts'
import { useSession } from '../session/session.ts'

/**
 * The partner's answer. The secrets of the visitor's account stay on the server until an operator requests them with a reason,
 * and are forgotten when the page is left.
 */
export function PartnerPanel({ registration }: { registration: Details }) {
  const { messages } = useI18n()
  const { operator } = useSession()
  const [asking, ask] = useState(false)
  const [secrets, setSecrets] = useState<Secrets>()
  const { partner, nothing, details, secrets: labels } = messages.registration
  const { id, partnerDomain, partnerLogin, code, partnerMessage, hasSecrets } = registration

  const secret = (name: keyof Secrets, label: string) => {
    if (!hasSecrets) return null
    if (secrets === undefined) return <span className="masked">{labels.masked}</span>
    const value = secrets[name]
    return value === null ? null : <CopyValue value={value} label={label} />
  }

  return (
    <Panel
      title={partner}
      aside={
        hasSecrets ? (
          <Button
            size="xs"
            variant="default"
            leftSection={<Icon name="eye" size={15} />}
            onClick={() => (secrets === undefined ? ask(true) : setSecrets(undefined))}
          >
            {secrets === undefined ? labels.show : labels.hide}
          </Button>
        ) : undefined
      }
    >
      <DetailList
        missing={nothing}
        details={[
          [details.domain, partnerDomain],
          [details.login, partnerLogin],
          [details.password, secret('password', details.password)],
          [details.autologin, secret('autologin', details.autologin)],
          [details.link, secret('depositUrl', details.link)],
          ...(code === null ? [] : [[details.refusal, code] as const]),
          ...(code === null && partnerMessage === null ? [] : [[details.sentence, partnerMessage] as const]),
        ]}
      />
      {asking ? (
        <ReasonDialog
          {...labels}
          act={async (reason) => setSecrets(await operator.registrations.reveal.mutate({ id, reason }))}
          onClose={() => ask(false)}
        />
      ) : null}
    </Panel>
  )
}
