import { expect, it } from 'vitest'
import { addressIn, preferredLanguage } from './language.ts'

it.each([
  ['https://page.example/', ['ru-RU', 'en'], 'ru'],
  ['https://page.example/', ['de-DE', 'RU'], 'ru'],
  ['https://page.example/?lang=en', ['ru-RU'], 'en'],
  ['https://page.example/?lang=constructor', ['ru'], 'ru'],
  ['https://page.example/', [], 'en'],
] as const)('at %s with %j speaks %s', (address, browserLanguages, language) => {
  expect(preferredLanguage(address, browserLanguages)).toBe(language)
})

it('keeps the traffic parameters when the language changes', () => {
  expect(addressIn('ru', 'https://page.example/?tag=a&lang=en#top')).toBe('https://page.example/?tag=a&lang=ru#top')
})
