import { en } from './en.ts'
import { ru } from './ru.ts'

export const LANGUAGES = { en, ru }

export type Language = keyof typeof LANGUAGES

/** The stored choice, else the browser's first supported language, else English. */
export function preferredLanguage(chosen: string | null, browserLanguages: readonly string[]): Language {
  const spoken = [chosen ?? '', ...browserLanguages].map((tag) => tag.slice(0, 2).toLowerCase())
  return spoken.find((tag): tag is Language => Object.hasOwn(LANGUAGES, tag)) ?? 'en'
}
