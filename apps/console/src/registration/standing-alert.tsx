import { Alert } from '@mantine/core'
import type { Details } from '@registration/shared/operator'
import { Icon } from '../parts/icon.tsx'
import { useSpeech } from '../texts/speech.ts'

const COLORS = {
  stuck: 'red',
  uncertain: 'yellow',
  succeeded_without_link: 'cyan',
} as const

/** Says what the status means, and what to do about it, where it isn't plainly good or plainly over. */
export function StandingAlert({ registration }: { registration: Details }) {
  const { texts } = useSpeech()
  const { status, stuckReason, erasedAt } = registration
  if (erasedAt !== null) {
    return (
      <Alert color="gray" mb="md" radius="lg" icon={<Icon name="erase" />}>
        {texts.registration.erased}
      </Alert>
    )
  }
  if (status === 'succeeded' || status === 'rejected') return null
  const { name, meaning } = texts.statuses[status]
  return (
    <Alert
      color={status in COLORS ? COLORS[status as keyof typeof COLORS] : 'gray'}
      mb="md"
      radius="lg"
      icon={status in COLORS ? <Icon name={status === 'stuck' ? 'person' : 'warning'} /> : undefined}
      title={name}
    >
      {status === 'stuck' ? (texts.stuckReasons[stuckReason ?? '']?.remedy ?? meaning) : meaning}
    </Alert>
  )
}
