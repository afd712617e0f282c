import { SegmentedControl } from '@mantine/core'
import type { Language } from '../texts/language.ts'
import { useSpeech } from '../texts/speech.ts'

export function LanguageSwitch() {
  const { texts, language, speak } = useSpeech()
  return (
    <SegmentedControl
      size="xs"
      aria-label={texts.shell.language}
      value={language}
      onChange={(value) => speak(value as Language)}
      data={[
        { value: 'en', label: 'EN' },
        { value: 'ru', label: 'RU' },
      ]}
    />
  )
}
