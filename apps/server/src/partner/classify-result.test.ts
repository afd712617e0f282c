import { describe, expect, it, vi } from 'vitest'
import { classifyResult } from './classify-result.ts'
import type { HttpResult } from './http-result.ts'

const classify = (http: HttpResult) => classifyResult(http, { isAllowed: () => true })
const classifyAnswer = (status: number, body: unknown, retryAfter: string | null = null) =>
  classify({ kind: 'answered', status, retryAfter, body: typeof body === 'string' ? body : JSON.stringify(body) })

const account = { success: true, domain: 'partner.example', deposit: '/deposit' }
const depositUrl = 'https://partner.example/deposit'

describe('classifyResult', () => {
  describe('returns `not-processed`', () => {
    it('for a request that was not sent', () => {
      expect(classify({ kind: 'unsent', reason: 'ECONNREFUSED' })).toEqual({
        kind: 'not-processed',
        reason: 'ECONNREFUSED',
        reached: false,
      })
    })

    it('for status 429 with any body', () => {
      expect(classifyAnswer(429, '<html>')).toEqual({ kind: 'not-processed', reason: 'HTTP 429', reached: true })
      expect(classifyAnswer(429, account)).toMatchObject({ kind: 'not-processed' })
    })

    it.each([
      ['7', 7_000],
      ['0', 0],
      ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
      ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ])('with the pause of the header retry-after: %s', (retryAfter, retryAfterMs) => {
      vi.useFakeTimers({ now: Date.UTC(2026, 0, 1), toFake: ['Date'] })
      expect(classifyAnswer(429, '', retryAfter)).toMatchObject({ retryAfterMs })
      vi.useRealTimers()
    })

    it('without a pause for an invalid retry-after', () => {
      expect(classifyAnswer(429, '', 'soon')).not.toHaveProperty('retryAfterMs')
    })
  })

  describe('returns `rejected`', () => {
    it.each([
      ['Multiple accounts are not allowed', 'MULTIPLE_ACCOUNTS'],
      ['MULTIPLE  ACCOUNTS', 'MULTIPLE_ACCOUNTS'],
      ['Multiple accounts: already registered', 'MULTIPLE_ACCOUNTS'],
      ['This e-mail is already registered', 'ALREADY_REGISTERED'],
      ['This e-mail has already been registered', 'ALREADY_REGISTERED'],
      ['User already exists.', 'ALREADY_REGISTERED'],
      ['Country not supported', 'PARTNER_REJECTED'],
    ])('for the sentence "%s" with the code %s', (message, code) => {
      for (const status of [400, 403, 409, 422]) {
        expect(classifyAnswer(status, { message })).toEqual({ kind: 'rejected', code, message })
      }
      expect(classifyAnswer(200, { success: false, message })).toEqual({ kind: 'rejected', code, message })
    })

    it.each([
      [418, { success: false, message: 'No.' }],
      [401, { success: false, message: 'No.' }],
      [402, { error: 'No.' }],
      [403, { title: 'Forbidden', detail: 'No.' }],
      [403, { message: 'Forbidden for minors' }],
      [410, { message: ['No.'] }],
      [451, { errors: { country: ['No.'] } }],
    ])('for HTTP %i with %j', (status, body) => {
      expect(classifyAnswer(status, body)).toMatchObject({ kind: 'rejected', code: 'PARTNER_REJECTED' })
    })

    it('with ALREADY_REGISTERED for any 4xx with a known phrase', () => {
      for (const status of [400, 401, 404, 418, 423]) {
        expect(classifyAnswer(status, { error: 'User already exists' })).toMatchObject({ code: 'ALREADY_REGISTERED' })
      }
    })

    it('for success: false without a sentence', () => {
      expect(classifyAnswer(200, { success: false })).toEqual({
        kind: 'rejected',
        code: 'PARTNER_REJECTED',
        message: null,
      })
    })
  })

  describe('returns `accepted`', () => {
    it('for an account with its link', () => {
      expect(classifyAnswer(200, account)).toEqual({ kind: 'accepted', answer: account, depositUrl })
      expect(classifyAnswer(201, account)).toMatchObject({ kind: 'accepted', depositUrl })
    })

    it('for a usable link without the flag `success`', () => {
      const { success: _, ...unflagged } = account
      expect(classifyAnswer(200, unflagged)).toMatchObject({ kind: 'accepted', depositUrl })
    })

    it('for success: true without a usable or allowed link', () => {
      expect(classifyAnswer(200, { success: true })).toMatchObject({ kind: 'accepted', depositUrl: null })
      const answer = { kind: 'answered', status: 200, retryAfter: null, body: JSON.stringify(account) } as const
      expect(classifyResult(answer, { isAllowed: () => false })).toMatchObject({ kind: 'accepted', depositUrl: null })
    })
  })

  describe('for an answer whose framing is broken', () => {
    const whole = JSON.stringify(account)
    const broken = (body: string, status = 200) => classify({ kind: 'broken', reason: 'x', received: { status, body } })

    it('returns `accepted` for a complete account with its link', () => {
      expect(broken(whole)).toEqual({ kind: 'accepted', answer: account, depositUrl })
      expect(broken(`<b>Warning</b>: Undefined index\n${whole}`)).toMatchObject({ depositUrl })
      expect(classifyAnswer(200, `\n<!-- cached -->${whole}`)).toMatchObject({ depositUrl })
    })

    it('returns `accepted` for an account longer than its content-length', () => {
      const body = whole.slice(0, -3)
      const cut: HttpResult = { kind: 'answered', status: 200, retryAfter: null, body, bodyAndMore: whole }
      expect(classify(cut)).toMatchObject({ kind: 'accepted', depositUrl })
    })

    it.each([
      ['half of an account', broken(whole.slice(0, 40))],
      ['a success without a link', broken('{"success":true}')],
      ['a rejection', broken('{"success":false,"message":"No"}')],
      ['an account with an error status', broken(whole, 500)],
    ])('returns `unknown` for %s', (_, result) => {
      expect(result).toMatchObject({ kind: 'unknown', answeredCompletely: false })
    })
  })

  it('keeps numbers that JavaScript cannot represent exactly as strings', () => {
    const body = '{"success":true,"domain":"brand.example","deposit":"/d","login":9007199254740993123,"password":1e400}'
    expect(classifyAnswer(200, body)).toMatchObject({ answer: { login: '9007199254740993123', password: '1e400' } })
    expect(classifyAnswer(200, { ...account, login: 1_234_567 })).toMatchObject({ answer: { login: 1_234_567 } })
  })

  describe('returns `unknown`, and maybe still in progress,', () => {
    it.each<[string, HttpResult]>([
      ['a broken connection', { kind: 'broken', reason: 'ECONNRESET' }],
      ['an answer beyond the size limit', { kind: 'oversized' }],
      ...[408, 425, 460, 499, 502, 503, 504, 520, 524, 530, 599, 999].map((status): [string, HttpResult] => [
        `HTTP ${status}`,
        { kind: 'answered', status, retryAfter: null, body: '{"success":false,"message":"already registered"}' },
      ]),
      [
        'another request with the same key in progress',
        {
          kind: 'answered',
          status: 409,
          retryAfter: null,
          body: '{"message":"There is another in-progress request with this idempotency key"}',
        },
      ],
    ])('for %s', (_, http) => {
      expect(classify(http)).toMatchObject({ kind: 'unknown', answeredCompletely: false })
    })
  })

  describe('returns `unknown`, and not in progress,', () => {
    it.each([
      ['a server error', 500, { message: 'already registered' }],
      ['an unsupported method', 501, account],
      ['a missing authentication', 401, { message: 'Unauthenticated.' }],
      ['a missing route', 404, { message: 'Cannot POST /register' }],
      ['a method that is not allowed', 405, { message: 'Method Not Allowed' }],
      ['a content type that is not accepted', 415, { message: 'Unsupported Media Type' }],
      ['a lock', 423, { message: 'Locked' }],
      ['a firewall’s answer', 403, { message: 'Forbidden' }],
      ['a firewall’s answer with its status', 403, { error: '403 Forbidden' }],
      ['a conflict without a reason', 409, { message: 'Conflict' }],
      ['a redirect', 302, account],
      ['a redirect that keeps the method', 307, ''],
      ['an empty success', 204, ''],
      ['HTML', 200, '<!doctype html>'],
      ['an error page in HTML', 403, '<!doctype html>'],
      ['truncated JSON', 200, '{"success":true,"domain":'],
      ['a list', 200, [account]],
      ['null', 200, 'null'],
      ['a string', 200, '"ok"'],
      ['neither success nor rejection', 200, { status: 'ok' }],
      ['a flag that is no boolean, without a link', 200, { success: 'true' }],
      ['a rejection without a sentence', 400, { oops: [1] }],
      ['a rejection whose sentence is no text', 422, { message: [1], error: true }],
    ])('for %s (%i)', (_, status, body) => {
      expect(classifyAnswer(status, body)).toMatchObject({ kind: 'unknown', answeredCompletely: true })
    })
  })
})
