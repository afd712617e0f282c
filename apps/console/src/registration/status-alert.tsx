import { Alert } from '@mantine/core'
import type { Details } from '@registration/shared/operator'
import { Icon } from '../components/icon.tsx'
import { useI18n } from '../i18n/i18n.ts'

const COLORS = {
  stuck: 'red',
  uncertain: 'yellow',
  succeeded_without_link: 'cyan',
} as const

/** Explains a status that needs attention, and what to do about it. */
export function StatusAlert({ registration }: { registration: Details }) {
  const { messages } = useI18n()
  const { status, stuckReason, erasedAt } = registration
  if (erasedAt !== null) {
    return (
      <Alert color="gray" mb="md" radius="lg" icon={<Icon name="erase" />}>
        {messages.registration.erased}
      </Alert>
    )
  }
  if (status === 'succeeded' || status === 'rejected') return null
  const { name, meaning } = messages.statuses[status]
  return (
    <Alert
      color={status in COLORS ? COLORS[status as keyof typeof COLORS] : 'gray'}
      mb="md"
      radius="lg"
      icon={status in COLORS ? <Icon name={status === 'stuck' ? 'person' : 'warning'} /> : undefined}
      title={name}
    >
      {status === 'stuck' ? (messages.stuckReasons[stuckReason ?? '']?.remedy ?? meaning) : meaning}
    </Alert>
  )
}
