import type { Details, ShownDescription } from '@registration/shared/operator'
import { CopyValue } from '../components/copy-value.tsx'
import { DateTime } from '../components/date-time.tsx'
import { DetailList } from '../components/detail-list.tsx'
import { Panel } from '../components/panel.tsx'
import { useI18n } from '../i18n/i18n.ts'

/** The visitor's own data and their origin. */
export function VisitorPanel({ registration }: { registration: Details }) {
  const { messages } = useI18n()
  const { details, description, visitor, nothing } = messages.registration
  const labels = Object.entries(description) as [keyof ShownDescription, string][]
  const { id, email, visitorId, clientIp, source, trafficParams, userAgent, createdAt } = registration
  return (
    <Panel title={visitor}>
      <DetailList
        missing={nothing}
        details={[
          [details.email, <CopyValue key="email" value={email} label={details.email} />],
          [details.begun, <DateTime key="begun" at={createdAt} />],
          [details.id, <CopyValue key="id" value={id} label={details.id} />],
          ...labels.map(([field, label]) => [label, registration[field]] as const),
          [details.visitorId, visitorId],
          [details.clientIp, clientIp],
          [details.source, source],
          ...Object.entries(trafficParams).map(([parameter, value]) => [parameter, value] as const),
          [details.userAgent, userAgent],
        ]}
      />
    </Panel>
  )
}
