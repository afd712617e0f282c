import { expect, it } from 'vitest'
import { foldEmail } from './registration.ts'

it.each([
  ['Ann@Example.COM', 'ann@example.com'],
  ['  ann@example.com\n', 'ann@example.com'],
  // e and a combining accent, against the one character.
  ['ane\u0301@example.com', 'an\u00e9@example.com'],
  ['ÄNN@BÜCHER.EXAMPLE', 'änn@bücher.example'],
])('takes %j and %j for one visitor', (one, other) => {
  expect(foldEmail(one)).toBe(foldEmail(other))
})

it.each([
  ['ann@example.com', 'anna@example.com'],
  ['ann@example.com', 'ann+tag@example.com'],
  ['a.nn@example.com', 'ann@example.com'],
])('takes %j and %j for two', (one, other) => {
  expect(foldEmail(one)).not.toBe(foldEmail(other))
})

it('folds what is folded into itself', () => {
  const folded = foldEmail(' ANN\u0130@Example.com ')
  expect(foldEmail(folded)).toBe(folded)
})
