import { useLocalStorage } from '@mantine/hooks'
import { type ReactNode, useEffect, useMemo } from 'react'
import { createFormat } from '../format/create-format.ts'
import { LANGUAGES, type Language, preferredLanguage } from './language.ts'
import { type Speech, SpeechContext } from './speech.ts'

const STORED_AS = 'console.language'

/** Lets everything below speak one language; the choice stays in this browser. */
export function SpeechProvider({ children }: { children: ReactNode }) {
  const [chosen, choose] = useLocalStorage<Language | null>({
    key: STORED_AS,
    defaultValue: null,
    getInitialValueInEffect: false,
  })
  const language = preferredLanguage(chosen, navigator.languages)
  const speech = useMemo<Speech>(
    () => ({ language, texts: LANGUAGES[language], format: createFormat(language), speak: choose }),
    [language, choose],
  )
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  return <SpeechContext value={speech}>{children}</SpeechContext>
}
