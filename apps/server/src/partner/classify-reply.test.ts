import { describe, expect, it, vi } from 'vitest'
import { classifyReply } from './classify-reply.ts'
import type { Transport } from './transport.ts'

const classify = (transport: Transport) => classifyReply(transport, () => true)
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
      expect(classifyReply(answer, () => false)).toMatchObject({ kind: 'accepted', depositUrl: null })
    })
  })

  describe('unknown, and perhaps still under way', () => {
    it.each<[string, Transport]>([
      ['a connection that broke', { kind: 'broken', reason: 'ECONNRESET' }],
      ['an answer that was not read to its end', { kind: 'oversized' }],
      ['502', { kind: 'answered', status: 502, retryAfter: null, body: '{"message":"No"}' }],
      ['504', { kind: 'answered', status: 504, retryAfter: null, body: '{"message":"No"}' }],
    ])('is %s', (_, transport) => {
      expect(classify(transport)).toMatchObject({ kind: 'unknown', answeredCompletely: false })
    })
  })

  describe('unknown, and certainly over', () => {
    it.each([
      ['a server error', 500, { message: 'already registered' }],
      ['an overload', 503, account],
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
      ['a refusal without a sentence', 400, { error: 'x' }],
      ['a refusal whose sentence is none', 422, { message: { email: ['taken'] } }],
    ])('is %s (%i)', (_, status, body) => {
      expect(answered(status, body)).toMatchObject({ kind: 'unknown', answeredCompletely: true })
    })
  })
})
