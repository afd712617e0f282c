import { describe, expect, it } from 'vitest'
import type { Accepted, NotProcessed, PartnerResult } from './partner.ts'
import { LONGEST_PAUSE_MS } from './retry-pauses.ts'
import { afterLookUp, type CallFacts, settlementOf } from './settlement.ts'

const pauses = { next: (attempt: number) => attempt * 100 }
const first: CallFacts = { probing: false, attempt: 1, earlierAccount: false, mayProbe: true }
const probe: CallFacts = { ...first, probing: true, attempt: 2 }
const settle = (result: PartnerResult, context = first) => settlementOf(result, context, pauses)

const rejected = (code: 'ALREADY_REGISTERED' | 'MULTIPLE_ACCOUNTS' | 'PARTNER_REJECTED'): PartnerResult => ({
  kind: 'rejected',
  code,
  message: 'No',
})
const unknown = (answeredCompletely: boolean): PartnerResult => ({ kind: 'unknown', reason: 'x', answeredCompletely })
const notProcessed = (retryAfterMs?: number): PartnerResult => ({
  kind: 'not-processed',
  reason: 'x',
  reached: false,
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
})

describe('settlementOf', () => {
  describe.each([
    ['the first call', first],
    ['a probe', probe],
  ])('of %s', (_, context) => {
    const accepted: Accepted = { kind: 'accepted', answer: { success: true }, depositUrl: 'https://partner.example/' }

    it('an account with its link is `succeeded`', () => {
      const { answer, depositUrl } = accepted
      expect(settle(accepted, context)).toEqual({ to: 'succeeded', answer, depositUrl })
    })

    it('an account without a usable link is `succeeded_without_link`', () => {
      const { answer } = accepted
      expect(settle({ ...accepted, depositUrl: null }, context)).toEqual({ to: 'succeeded_without_link', answer })
    })

    it('an unknown result ends the lease only if the partner answered completely', () => {
      expect(settle(unknown(false), context)).toMatchObject({ to: 'uncertain', leaseIsOver: false })
      expect(settle(unknown(true), context)).toMatchObject({ to: 'uncertain', leaseIsOver: true })
    })

    it('an unknown result is `stuck` if a second call could create a second account', () => {
      expect(settle(unknown(true), { ...context, mayProbe: false })).toEqual({
        to: 'stuck',
        reason: 'NOT_UNIQUE_BY_EMAIL',
      })
    })

    it('the pause depends on the attempts and on the partner’s retry-after', () => {
      expect(settle(unknown(true), context)).toMatchObject({ nextAttemptInMs: context.attempt * 100 })
      expect(settle(notProcessed(), context)).toMatchObject({ nextAttemptInMs: context.attempt * 100 })
      expect(settle(notProcessed(5_000), context)).toMatchObject({ nextAttemptInMs: 5_000 })
      expect(settle(notProcessed(0), context)).toMatchObject({ nextAttemptInMs: context.attempt * 100 })
    })

    it('the pause is limited, since the gate enforces a longer retry-after', () => {
      expect(settle(notProcessed(Number.MAX_VALUE), context)).toMatchObject({ nextAttemptInMs: LONGEST_PAUSE_MS })
    })
  })

  it.each(['ALREADY_REGISTERED', 'MULTIPLE_ACCOUNTS', 'PARTNER_REJECTED'] as const)(
    '%s for the first call is `rejected`',
    (code) => {
      const anyone = { ...first, earlierAccount: true }
      expect(settle(rejected(code))).toEqual({ to: 'rejected', code, message: 'No' })
      expect(settle(rejected(code), anyone)).toEqual({ to: 'rejected', code, message: 'No' })
    },
  )

  it('a call that was not processed is tried again, and leaves earlier unknown calls unknown', () => {
    expect(settle(notProcessed())).toEqual({ to: 'retry', nextAttemptInMs: 100 })
    expect(settle(notProcessed(), probe)).toEqual({ to: 'uncertain', nextAttemptInMs: 200, leaseIsOver: true })
  })

  it('ALREADY_REGISTERED for a probe means that the unknown call created the account', () => {
    expect(settle(rejected('ALREADY_REGISTERED'), probe)).toEqual({ to: 'succeeded_without_link', answer: null })
  })

  it('ALREADY_REGISTERED for a probe is `rejected` if another registration shows an earlier account', () => {
    expect(settle(rejected('ALREADY_REGISTERED'), { ...probe, earlierAccount: true })).toMatchObject({
      to: 'rejected',
      code: 'ALREADY_REGISTERED',
    })
  })

  it('MULTIPLE_ACCOUNTS for a probe is `stuck`, since the unknown call may be the cause', () => {
    expect(settle(rejected('MULTIPLE_ACCOUNTS'), probe)).toEqual({
      to: 'stuck',
      reason: 'MULTIPLE_ACCOUNTS_AFTER_UNKNOWN',
      message: 'No',
    })
  })

  it('a probe rejected with an unknown sentence makes the registration stuck, with the sentence', () => {
    expect(settle(rejected('PARTNER_REJECTED'), probe)).toEqual({
      to: 'stuck',
      reason: 'REJECTED_AFTER_UNKNOWN',
      message: 'No',
    })
  })
})

const unique = { uniqueByEmail: true }
const notUnique = { uniqueByEmail: false }
const ownAccount: Accepted = { kind: 'accepted', answer: { success: true }, depositUrl: 'https://partner.example/' }
const unsent: NotProcessed = { kind: 'not-processed', reason: 'ECONNREFUSED', reached: false }

it('a lookup that finds this registration’s account is `accepted` with its link', () => {
  expect(afterLookUp(ownAccount, unique)).toBe(ownAccount)
})

it('a lookup that finds an account of any registration is ALREADY_REGISTERED without a link', () => {
  expect(afterLookUp({ kind: 'present' }, unique)).toEqual({
    kind: 'rejected',
    code: 'ALREADY_REGISTERED',
    message: null,
  })
})

it('a lookup that finds an account of any registration is unknown if the partner is not unique by e-mail', () => {
  expect(afterLookUp({ kind: 'present' }, notUnique)).toMatchObject({ kind: 'unknown', answeredCompletely: true })
})

it('a lookup without an account leads to another registration only if the partner is unique by e-mail', () => {
  expect(afterLookUp({ kind: 'absent' }, unique)).toBe('register')
  expect(afterLookUp({ kind: 'absent' }, notUnique)).toMatchObject({ kind: 'unknown', answeredCompletely: true })
})

it('a lost lookup needs no lease, since it cannot create an account', () => {
  const lost = { kind: 'unknown', reason: 'ECONNRESET', answeredCompletely: false } as const
  expect(afterLookUp(lost, unique)).toEqual({ ...lost, answeredCompletely: true })
  expect(afterLookUp(unsent, unique)).toBe(unsent)
})
