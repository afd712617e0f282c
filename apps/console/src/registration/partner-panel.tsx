import { Button } from '@mantine/core'
import type { Details, Secrets } from '@registration/shared/operator'
import { useState } from 'react'
import { CopyValue } from '../parts/copy-value.tsx'
import { Facts } from '../parts/facts.tsx'
import { Icon } from '../parts/icon.tsx'
import { Panel } from '../parts/panel.tsx'
import { ReasonDialog } from '../parts/reason-dialog.tsx'
import { useSession } from '../session/session.ts'
import { useSpeech } from '../texts/speech.ts'

/**
 * What the partner said. What opens the visitor's account stays on the server until somebody asks for it with a reason,
 * and is forgotten when the page is left.
 */
export function PartnerPanel({ registration }: { registration: Details }) {
  const { texts } = useSpeech()
  const { operator } = useSession()
  const [asking, ask] = useState(false)
  const [secrets, setSecrets] = useState<Secrets>()
  const { partner, nothing, facts, secrets: words } = texts.registration
  const { id, partnerDomain, partnerLogin, code, partnerMessage, hasSecrets } = registration

  const secret = (name: keyof Secrets, label: string) => {
    if (!hasSecrets) return null
    if (secrets === undefined) return <span className="masked">{words.masked}</span>
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
            {secrets === undefined ? words.show : words.hide}
          </Button>
        ) : undefined
      }
    >
      <Facts
        missing={nothing}
        facts={[
          [facts.domain, partnerDomain],
          [facts.login, partnerLogin],
          [facts.password, secret('password', facts.password)],
          [facts.autologin, secret('autologin', facts.autologin)],
          [facts.link, secret('depositUrl', facts.link)],
          ...(code === null ? [] : [[facts.refusal, code] as const]),
          ...(code === null && partnerMessage === null ? [] : [[facts.sentence, partnerMessage] as const]),
        ]}
      />
      {asking ? (
        <ReasonDialog
          {...words}
          act={async (reason) => setSecrets(await operator.registrations.reveal.mutate({ id, reason }))}
          onClose={() => ask(false)}
        />
      ) : null}
    </Panel>
  )
}
