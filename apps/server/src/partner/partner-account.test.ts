import { describe, expect, it } from 'vitest'
import { partnerAnswer } from './partner-account.ts'

describe('partnerAnswer', () => {
  it('keeps the known fields unchanged and drops the others', () => {
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

  it('drops fields with another type or an excessive length', () => {
    const odd = { success: 'yes', domain: 7, login: ['a'], password: null, deposit: {}, main: 'x'.repeat(8_193) }
    expect(partnerAnswer(odd)).toEqual({})
  })

  it('keeps links of up to 8 KiB, without surrounding white space', () => {
    const deposit = `/deposit?t=${'x'.repeat(8_000)}`
    expect(partnerAnswer({ domain: ' partner.example\n', deposit: `${deposit}\r\n` })).toEqual({
      domain: 'partner.example',
      deposit,
    })
  })

  it('replaces characters that PostgreSQL cannot store', () => {
    expect(partnerAnswer({ login: 'a\0b', password: '\ud83d' })).toEqual({ login: 'a\ufffdb', password: '\ufffd' })
  })
})
