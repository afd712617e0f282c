import { Center, Loader } from '@mantine/core'
import { useSpeech } from '../texts/speech.ts'

export function Loading() {
  const { texts } = useSpeech()
  return (
    <Center mih={240} role="status" aria-label={texts.parts.loading}>
      <Loader />
    </Center>
  )
}
