import { describe, expect, it } from 'vitest'
import { partnerSentence, sentenceIn } from './partner-sentence.ts'

describe('sentenceIn', () => {
  it.each<[answer: object, sentence: string | null]>([
    [{ message: 'No.', error: 'Bad Request' }, 'No.'],
    [{ statusCode: 400, message: ['email must be an email'], error: 'Bad Request' }, 'email must be an email'],
    [{ message: ['email must be an email', 'tag is too long'] }, 'email must be an email; tag is too long'],
    [{ message: ['One.', 'Two.'] }, 'One. Two.'],
    [{ error: 'Closed in your country' }, 'Closed in your country'],
    [{ error: { code: 7, message: 'Closed' } }, 'Closed'],
    [{ title: 'Forbidden', detail: 'Your region is not served.' }, 'Your region is not served.'],
    [{ title: 'Forbidden' }, 'Forbidden'],
    [{ errors: { email: ['The email is not accepted here.'] } }, 'The email is not accepted here.'],
    [{ errors: { email: 'Not accepted', tag: ['Too long'] } }, 'Not accepted; Too long'],
    [{ errors: [{ field: 'email', message: 'Not accepted' }] }, 'Not accepted'],
    [{ errors: [{ type: 'field', msg: 'Invalid value', path: 'email' }] }, 'Invalid value'],
    [{ message: { email: ['Not accepted'] } }, 'Not accepted'],
    [{ message: '  ', error: '', errors: ['Third'] }, 'Third'],
    [{ message: null, error: 42, detail: [1], title: {}, errors: [] }, null],
    [{ oops: [1] }, null],
    [{}, null],
  ])('of %j is %j', (answer, sentence) => {
    expect(sentenceIn(answer as Record<string, unknown>)).toBe(sentence)
  })

  it('is bounded in depth and length', () => {
    let nested: unknown = 'deep'
    for (let depth = 0; depth < 10_000; depth++) nested = [nested]
    expect(sentenceIn({ message: nested })).toBeNull()
    expect(sentenceIn({ errors: new Array(10_000).fill('Too long.') })).toHaveLength(1_000)
  })
})

describe('partnerSentence', () => {
  it.each([
    ['Multiple accounts are not allowed', 'Multiple accounts are not allowed'],
    ['  two\r\n\tlines\u0000 ', 'two lines\ufffd'],
    ['   ', null],
    ['', null],
    [undefined, null],
    [42, null],
    [{ text: 'x' }, null],
  ])('makes %j fit to store and to show: %j', (message, sentence) => {
    expect(partnerSentence(message)).toBe(sentence)
  })

  it('is at most 1,000 characters long, and never half a character', () => {
    expect(partnerSentence('x'.repeat(10_000))).toHaveLength(1_000)
    expect(partnerSentence(`${'x'.repeat(999)}😀`)?.isWellFormed()).toBe(true)
  })
})
