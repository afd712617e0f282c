import type { Details } from '@registration/shared/operator'
import { CopyValue } from '../parts/copy-value.tsx'
import { Facts } from '../parts/facts.tsx'
import { Moment } from '../parts/moment.tsx'
import { Panel } from '../parts/panel.tsx'
import { useSpeech } from '../texts/speech.ts'

/** Who it is, and where they came from. */
export function VisitorPanel({ registration }: { registration: Details }) {
  const { texts } = useSpeech()
  const { facts, visitor, nothing } = texts.registration
  const { id, email, name, visitorId, clientIp, siteUrl, source, trafficParams, userAgent, createdAt } = registration
  return (
    <Panel title={visitor}>
      <Facts
        missing={nothing}
        facts={[
          [facts.email, <CopyValue key="email" value={email} label={facts.email} />],
          [facts.name, name],
          [facts.begun, <Moment key="begun" at={createdAt} />],
          [facts.id, <CopyValue key="id" value={id} label={facts.id} />],
          [facts.visitorId, visitorId],
          [facts.clientIp, clientIp],
          [facts.siteUrl, siteUrl],
          [facts.source, source],
          ...Object.entries(trafficParams).map(([parameter, value]) => [parameter, value] as const),
          [facts.userAgent, userAgent],
        ]}
      />
    </Panel>
  )
}
