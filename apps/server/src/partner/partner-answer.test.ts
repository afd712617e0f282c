import { describe, expect, it } from 'vitest'
import { partnerAnswer, partnerSentence } from './partner-answer.ts'

describe('partnerAnswer', () => {
  it('keeps the fields that are ours to keep, each as it came', () => {
    const answer = {
      success: true,
      domain: 'partner.example',
      login: 1_234_567,
      password: 'p',
      autologin: 'https://partner.example/login',
      deposit: '/deposit',
      main: '',
      custom_login_link: '/bonus',
    }
    expect(partnerAnswer({ ...answer, currency: 'EUR', __proto__: { login: 'x' } })).toEqual(answer)
  })

  it('counts what has another type, or is far too long, as missing', () => {
    const odd = { success: 'yes', domain: 7, login: ['a'], password: null, deposit: {}, main: 'x'.repeat(2_049) }
    expect(partnerAnswer(odd)).toEqual({})
  })

  it('stores nothing that PostgreSQL cannot', () => {
    expect(partnerAnswer({ login: 'a\0b', password: '\ud83d' })).toEqual({ login: 'a\ufffdb', password: '\ufffd' })
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
