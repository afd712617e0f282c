import { SegmentedControl } from '@mantine/core'
import { useI18n } from '../i18n/i18n.ts'
import type { Language } from '../i18n/language.ts'

export function LanguageSwitch() {
  const { messages, language, setLanguage } = useI18n()
  return (
    <SegmentedControl
      size="xs"
      aria-label={messages.shell.language}
      value={language}
      onChange={(value) => setLanguage(value as Language)}
      data={[
        { value: 'en', label: 'EN' },
        { value: 'ru', label: 'RU' },
      ]}
    />
  )
}
