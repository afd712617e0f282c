import { createContext, useContext } from 'react'
import type { Format } from '../format/create-format.ts'
import type { Language } from './language.ts'
import type { Texts } from './texts.ts'

/** What the page says, and how it writes numbers, in the operator's language. */
export interface Speech {
  language: Language
  texts: Texts
  format: Format
  speak(language: Language): void
}

export const SpeechContext = createContext<Speech | null>(null)

export function useSpeech(): Speech {
  const speech = useContext(SpeechContext)
  if (speech === null) throw new Error('useSpeech() works below SpeechProvider only: wrap the page in it.')
  return speech
}
