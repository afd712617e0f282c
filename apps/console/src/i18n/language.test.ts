import { expect, it } from 'vitest'
import { preferredLanguage } from './language.ts'

it.each([
  ['ru', ['en-US'], 'ru'],
  [null, ['de-DE', 'ru-RU', 'en'], 'ru'],
  [null, ['de-DE'], 'en'],
  ['constructor', ['fr'], 'en'],
])('the stored language comes before the browser’s: %s, %j', (chosen, browser, language) => {
  expect(preferredLanguage(chosen, browser)).toBe(language)
})
