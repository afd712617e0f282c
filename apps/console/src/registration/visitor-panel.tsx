import type { Details, ShownDescription } from '@registration/shared/operator'
import { CopyValue } from '../parts/copy-value.tsx'
import { Facts } from '../parts/facts.tsx'
import { Moment } from '../parts/moment.tsx'
import { Panel } from '../parts/panel.tsx'
import { useSpeech } from '../texts/speech.ts'

/** Who it is, and where they came from. */
export function VisitorPanel({ registration }: { registration: Details }) {
  const { texts } = useSpeech()
  const { facts, description, visitor, nothing } = texts.registration
  const labels = Object.entries(description) as [keyof ShownDescription, string][]
  const { id, email, visitorId, clientIp, source, trafficParams, userAgent, createdAt } = registration
  return (
    <Panel title={visitor}>
      <Facts
        missing={nothing}
        facts={[
          [facts.email, <CopyValue key="email" value={email} label={facts.email} />],
          [facts.begun, <Moment key="begun" at={createdAt} />],
          [facts.id, <CopyValue key="id" value={id} label={facts.id} />],
          ...labels.map(([field, label]) => [label, registration[field]] as const),
          [facts.visitorId, visitorId],
          [facts.clientIp, clientIp],
          [facts.source, source],
          ...Object.entries(trafficParams).map(([parameter, value]) => [parameter, value] as const),
          [facts.userAgent, userAgent],
        ]}
      />
    </Panel>
  )
}
