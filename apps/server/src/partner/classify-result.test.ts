import { describe, expect, it, vi } from 'vitest'
import { classifyReply } from './classify-result.ts'
import type { Transport } from './transport.ts'

const classify = (transport: Transport) => classifyReply(transport, { isAllowed: () => true })
const answered = (status: number, body: unknown, retryAfter: string | null = null) =>
  classify({ kind: 'answered', status, retryAfter, body: typeof body === 'string' ? body : JSON.stringify(body) })

const account = { success: true, domain: 'partner.example', deposit: '/deposit' }
const depositUrl = 'https://partner.example/deposit'

describe('classifyReply', () => {
  describe('not processed', () => {
    it('is what was never sent', () => {
      expect(classify({ kind: 'unsent', reason: 'ECONNREFUSED' })).toEqual({
        kind: 'not-processed',
        reason: 'ECONNREFUSED',
        reached: false,
      })
    })

    it('is 429, whatever its body', () => {
      expect(answered(429, '<html>')).toEqual({ kind: 'not-processed', reason: 'HTTP 429', reached: true })
      expect(answered(429, account)).toMatchObject({ kind: 'not-processed' })
    })

    it.each([
      ['7', 7_000],
      ['0', 0],
      ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
      ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ])('passes on the pause that the partner asks for: %s', (retryAfter, retryAfterMs) => {
      vi.useFakeTimers({ now: Date.UTC(2026, 0, 1), toFake: ['Date'] })
      expect(answered(429, '', retryAfter)).toMatchObject({ retryAfterMs })
      vi.useRealTimers()
    })

    it('passes over a pause that is none', () => {
      expect(answered(429, '', 'soon')).not.toHaveProperty('retryAfterMs')
    })
  })

  describe('rejected', () => {
    it.each([
      ['Multiple accounts are not allowed', 'MULTIPLE_ACCOUNTS'],
      ['MULTIPLE  ACCOUNTS', 'MULTIPLE_ACCOUNTS'],
      ['Multiple accounts: already registered', 'MULTIPLE_ACCOUNTS'],
      ['This e-mail is already registered', 'ALREADY_REGISTERED'],
      ['This e-mail has already been registered', 'ALREADY_REGISTERED'],
      ['User already exists.', 'ALREADY_REGISTERED'],
      ['Country not supported', 'PARTNER_REJECTED'],
    ])('is "%s" under the code %s', (message, code) => {
      for (const status of [400, 403, 409, 422]) {
        expect(answered(status, { message })).toEqual({ kind: 'rejected', code, message })
      }
      expect(answered(200, { success: false, message })).toEqual({ kind: 'rejected', code, message })
    })

    it.each([
      [418, { success: false, message: 'No.' }],
      [401, { success: false, message: 'No.' }],
      [402, { error: 'No.' }],
      [403, { title: 'Forbidden', detail: 'No.' }],
      [403, { message: 'Forbidden for minors' }],
      [410, { message: ['No.'] }],
      [451, { errors: { country: ['No.'] } }],
    ])('is HTTP %i with %j', (status, body) => {
      expect(answered(status, body)).toMatchObject({ kind: 'rejected', code: 'PARTNER_REJECTED' })
    })

    it('is any 4xx with the known words', () => {
      for (const status of [400, 401, 404, 418, 423]) {
        expect(answered(status, { error: 'User already exists' })).toMatchObject({ code: 'ALREADY_REGISTERED' })
      }
    })

    it('is success: false without a word, too', () => {
      expect(answered(200, { success: false })).toEqual({ kind: 'rejected', code: 'PARTNER_REJECTED', message: null })
    })
  })

  describe('accepted', () => {
    it('is an account with its link', () => {
      expect(answered(200, account)).toEqual({ kind: 'accepted', answer: account, depositUrl })
      expect(answered(201, account)).toMatchObject({ kind: 'accepted', depositUrl })
    })

    it('is a usable link even where the flag is missing', () => {
      const { success: _, ...unflagged } = account
      expect(answered(200, unflagged)).toMatchObject({ kind: 'accepted', depositUrl })
    })

    it('is success: true even where no link is usable or allowed', () => {
      expect(answered(200, { success: true })).toMatchObject({ kind: 'accepted', depositUrl: null })
      const answer = { kind: 'answered', status: 200, retryAfter: null, body: JSON.stringify(account) } as const
      expect(classifyReply(answer, { isAllowed: () => false })).toMatchObject({ kind: 'accepted', depositUrl: null })
    })
  })

  describe('accepted in spite of its frame', () => {
    const whole = JSON.stringify(account)
    const broken = (body: string, status = 200) => classify({ kind: 'broken', reason: 'x', received: { status, body } })

    it('is a whole account with its link', () => {
      expect(broken(whole)).toEqual({ kind: 'accepted', answer: account, depositUrl })
      expect(broken(`<b>Warning</b>: Undefined index\n${whole}`)).toMatchObject({ depositUrl })
      expect(answered(200, `\n<!-- cached -->${whole}`)).toMatchObject({ depositUrl })
    })

    it('is an account longer than it says', () => {
      const body = whole.slice(0, -3)
      const cut: Transport = { kind: 'answered', status: 200, retryAfter: null, body, bodyAndMore: whole }
      expect(classify(cut)).toMatchObject({ kind: 'accepted', depositUrl })
    })

    it.each([
      ['half of it', broken(whole.slice(0, 40))],
      ['without a link', broken('{"success":true}')],
      ['a refusal', broken('{"success":false,"message":"No"}')],
      ['an account under another status', broken(whole, 500)],
    ])('is not %s', (_, reply) => {
      expect(reply).toMatchObject({ kind: 'unknown', answeredCompletely: false })
    })
  })

  it('keeps the digits of numbers that JavaScript cannot hold', () => {
    const body = '{"success":true,"domain":"brand.example","deposit":"/d","login":9007199254740993123,"password":1e400}'
    expect(answered(200, body)).toMatchObject({ answer: { login: '9007199254740993123', password: '1e400' } })
    expect(answered(200, { ...account, login: 1_234_567 })).toMatchObject({ answer: { login: 1_234_567 } })
  })

  describe('unknown, and perhaps still under way', () => {
    it.each<[string, Transport]>([
      ['a connection that broke', { kind: 'broken', reason: 'ECONNRESET' }],
      ['an answer that was not read to its end', { kind: 'oversized' }],
      ...[408, 425, 460, 499, 502, 503, 504, 520, 524, 530, 599, 999].map((status): [string, Transport] => [
        `HTTP ${status}`,
        { kind: 'answered', status, retryAfter: null, body: '{"success":false,"message":"already registered"}' },
      ]),
      [
        'a request of the same key that is in progress',
        {
          kind: 'answered',
          status: 409,
          retryAfter: null,
          body: '{"message":"There is another in-progress request with this idempotency key"}',
        },
      ],
    ])('is %s', (_, transport) => {
      expect(classify(transport)).toMatchObject({ kind: 'unknown', answeredCompletely: false })
    })
  })

  describe('unknown, and certainly over', () => {
    it.each([
      ['a server error', 500, { message: 'already registered' }],
      ['what the server cannot do', 501, account],
      ['our own set-up', 401, { message: 'Unauthenticated.' }],
      ['a route that is not there', 404, { message: 'Cannot POST /register' }],
      ['a method that is not there', 405, { message: 'Method Not Allowed' }],
      ['a type that is not taken', 415, { message: 'Unsupported Media Type' }],
      ['a lock', 423, { message: 'Locked' }],
      ['a firewall', 403, { message: 'Forbidden' }],
      ['a firewall with its status', 403, { error: '403 Forbidden' }],
      ['a conflict that says no more', 409, { message: 'Conflict' }],
      ['a redirect', 302, account],
      ['a redirect with its method kept', 307, ''],
      ['a success without a word', 204, ''],
      ['HTML', 200, '<!doctype html>'],
      ['HTML as a refusal', 403, '<!doctype html>'],
      ['JSON without its end', 200, '{"success":true,"domain":'],
      ['a list', 200, [account]],
      ['null', 200, 'null'],
      ['a string', 200, '"ok"'],
      ['neither success nor refusal', 200, { status: 'ok' }],
      ['a success that is no boolean, without a link', 200, { success: 'true' }],
      ['a refusal without a sentence', 400, { oops: [1] }],
      ['a refusal whose sentence is none', 422, { message: [1], error: true }],
    ])('is %s (%i)', (_, status, body) => {
      expect(answered(status, body)).toMatchObject({ kind: 'unknown', answeredCompletely: true })
    })
  })
})
