import { useLocalStorage } from '@mantine/hooks'
import { type ReactNode, useEffect, useMemo } from 'react'
import { createFormat } from '../format/create-format.ts'
import { type I18n, I18nContext } from './i18n.ts'
import { LANGUAGES, type Language, preferredLanguage } from './language.ts'

const STORED_AS = 'console.language'

/** Provides the language to the components below it. The choice is stored in this browser. */
export function I18nProvider({ children }: { children: ReactNode }) {
  const [chosen, choose] = useLocalStorage<Language | null>({
    key: STORED_AS,
    defaultValue: null,
    getInitialValueInEffect: false,
  })
  const language = preferredLanguage(chosen, navigator.languages)
  const i18n = useMemo<I18n>(
    () => ({ language, messages: LANGUAGES[language], format: createFormat(language), setLanguage: choose }),
    [language, choose],
  )
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  return <I18nContext value={i18n}>{children}</I18nContext>
}
