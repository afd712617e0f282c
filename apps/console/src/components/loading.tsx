import { Center, Loader } from '@mantine/core'
import { useI18n } from '../i18n/i18n.ts'

export function Loading() {
  const { messages } = useI18n()
  return (
    <Center mih={240} role="status" aria-label={messages.parts.loading}>
      <Loader />
    </Center>
  )
}
