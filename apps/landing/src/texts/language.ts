import { en } from './en.ts'
import { ru } from './ru.ts'

export const LANGUAGES = { en, ru }

export type Language = keyof typeof LANGUAGES

/** The language in the address (`?lang=ru`), else the first of the browser's that this page speaks, else English. */
export function preferredLanguage(address: string, browserLanguages: readonly string[]): Language {
  const wanted = [new URL(address).searchParams.get('lang') ?? '', ...browserLanguages]
  const spoken = wanted.map((tag) => tag.slice(0, 2).toLowerCase())
  return spoken.find((tag): tag is Language => Object.hasOwn(LANGUAGES, tag)) ?? 'en'
}

/** The same address with another language: a reload and a shared link keep it. */
export function addressIn(language: Language, address: string): string {
  const url = new URL(address)
  url.searchParams.set('lang', language)
  return url.href
}
