import { expect, it } from 'vitest'
import { printJson } from './print-json.ts'

function printed(value: unknown): string {
  const parts: string[] = []
  printJson({ out: (part) => parts.push(part), err: () => undefined, ask: undefined, showBar: undefined }, value)
  return parts.join('')
}

it.each([
  ['an escape sequence', '\u001b[2J', '\\u001b[2J'],
  ['a control character of Latin-1', '\u009b31m', '\\u009b31m'],
  ['a reversed direction', 'ann\u202eexe.gpj', 'ann\\u202eexe.gpj'],
  ['an isolate', '\u2066x\u2069', '\\u2066x\\u2069'],
  ['a zero-width space', 'a\u200bb', 'a\\u200bb'],
  ['a line separator', 'a\u2028b', 'a\\u2028b'],
  ['a tag beyond the first plane', 'a\u{e0041}', 'a\\udb40\\udc41'],
])('%s in a value is escaped, and is the same value in JSON', (_, value, escaped) => {
  const text = printed({ sentence: value })
  expect(text).toContain(`"${escaped}"`)
  expect(JSON.parse(text)).toEqual({ sentence: value })
})

it('letters of other languages and emoji are printed as they are', () => {
  expect(printed(['Привет', 'Łódź', '🙂'])).toContain('Привет')
  expect(printed('🙂')).toBe('"🙂"\n')
})
