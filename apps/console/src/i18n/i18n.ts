import { createContext, useContext } from 'react'
import type { Format } from '../format/create-format.ts'
import type { Language } from './language.ts'
import type { Messages } from './messages.ts'

/** Messages and number formats in the operator's language. */
export interface I18n {
  language: Language
  messages: Messages
  format: Format
  setLanguage(language: Language): void
}

export const I18nContext = createContext<I18n | null>(null)

export function useI18n(): I18n {
  const i18n = useContext(I18nContext)
  if (i18n === null) throw new Error('useI18n() works below I18nProvider only: wrap the page in it.')
  return i18n
}
