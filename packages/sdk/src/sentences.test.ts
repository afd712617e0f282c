import { FAILURES } from '@registration/shared'
import { afterEach, expect, it, vi } from 'vitest'
import type { RegistrationErrorCode } from './registration-error.ts'
import { sentenceFor } from './sentences.ts'

afterEach(() => {
  vi.unstubAllGlobals()
})

const CODES = [...Object.keys(FAILURES), 'LINK_UNAVAILABLE', 'PENDING', 'NETWORK', 'ABORTED'] as RegistrationErrorCode[]
const said = (code: string) => FAILURES[code as keyof typeof FAILURES]?.sentence

it.each(CODES)('says %s in English and in Russian', (code) => {
  expect(sentenceFor(code, {}, said(code))).toMatch(/^[A-Z][\x20-\x7e]+\.$/)
  expect(sentenceFor(code, { language: 'ru' }, said(code))).toMatch(/^[А-Я][А-Яа-яё ,.-]+(e-mail)?[А-Яа-яё ,.-]*\.$/)
})

it('says what the partner said as it came, in any language', () => {
  const words = 'Multiple accounts detected'
  expect(sentenceFor('MULTIPLE_ACCOUNTS', { language: 'ru' }, words)).toBe(words)
  expect(sentenceFor('PARTNER_REJECTED', {}, words)).toBe(words)
})

it("says a sentence of the page's own where there is one", () => {
  const messages = { OVERLOADED: 'One moment, please.' }
  expect(sentenceFor('OVERLOADED', { messages, language: 'ru' }, said('OVERLOADED'))).toBe(messages.OVERLOADED)
  expect(sentenceFor('INTERNAL', { messages }, said('INTERNAL'))).toBe(said('INTERNAL'))
})

it.each([
  ['ru', /^[А-Я]/],
  ['ru-RU', /^[А-Я]/],
  ['RU', /^[А-Я]/],
  ['en', /^[A-Z]/],
  ['run', /^[A-Z]/],
  ['', /^[A-Z]/],
])('speaks the language of a page in %j', (lang, sentence) => {
  vi.stubGlobal('document', { documentElement: { lang } })
  expect(sentenceFor('NETWORK', {})).toMatch(sentence)
})

it('speaks English where the page is Russian and the settings say so', () => {
  vi.stubGlobal('document', { documentElement: { lang: 'ru' } })
  expect(sentenceFor('NETWORK', { language: 'en' })).toMatch(/^[A-Z]/)
})

it('has a sentence for a code that a newer server makes up', () => {
  const code = 'PARTNER_ASLEEP' as RegistrationErrorCode
  expect(sentenceFor(code, { language: 'ru' }, 'The partner sleeps.')).toMatch(/^[А-Я]/)
  expect(sentenceFor(code, {}, 'The partner sleeps.')).toBe('The partner sleeps.')
})
