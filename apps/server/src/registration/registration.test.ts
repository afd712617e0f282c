import { expect, it } from 'vitest'
import { foldEmail } from './registration.ts'

it.each([
  ['Ann@Example.COM', 'ann@example.com'],
  ['  ann@example.com\n', 'ann@example.com'],
  // e with a combining accent, and the single character.
  ['ane\u0301@example.com', 'an\u00e9@example.com'],
  ['ÄNN@BÜCHER.EXAMPLE', 'änn@bücher.example'],
])('foldEmail makes %j and %j equal', (one, other) => {
  expect(foldEmail(one)).toBe(foldEmail(other))
})

it.each([
  ['ann@example.com', 'anna@example.com'],
  ['ann@example.com', 'ann+tag@example.com'],
  ['a.nn@example.com', 'ann@example.com'],
])('foldEmail keeps %j and %j different', (one, other) => {
  expect(foldEmail(one)).not.toBe(foldEmail(other))
})

it('foldEmail does not change a folded e-mail', () => {
  const folded = foldEmail(' ANN\u0130@Example.com ')
  expect(foldEmail(folded)).toBe(folded)
})
