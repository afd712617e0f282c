import { expect, it } from 'vitest'
import { progressSentence } from './progress-sentence.ts'
import { en } from './texts/en.ts'

const first = { attempt: 1 }

it.each([
  [false, 'sending', first, en.registering.sending],
  [true, 'sending', first, en.registering.resumed],
  [true, 'waiting', { attempt: 1, code: 'PENDING', retryInMs: 2_001 }, en.registering.waiting('3 s')],
  [false, 'retrying', { attempt: 1, code: 'NETWORK', retryInMs: 900 }, en.registering.reconnecting('1 s')],
  [false, 'retrying', { attempt: 1, code: 'OVERLOADED', retryInMs: 120_000 }, en.registering.retrying('2 min')],
] as const)('says what is known (resumed: %j, %s, %j)', (resumed, status, details, sentence) => {
  expect(progressSentence({ at: 'registering', resumed, status, details, isLong: false }, en)).toBe(sentence)
})
