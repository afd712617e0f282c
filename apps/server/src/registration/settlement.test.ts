import { describe, expect, it } from 'vitest'
import type { Accepted, NotProcessed, PartnerResult } from './partner.ts'
import { LONGEST_PAUSE_MS } from './retry-pauses.ts'
import { afterLookUp, type CallFacts, settlementOf } from './settlement.ts'

const pauses = { next: (attempt: number) => attempt * 100 }
const first: CallFacts = { probing: false, attempt: 1, earlierAccount: false, mayProbe: true }
const probe: CallFacts = { ...first, probing: true, attempt: 2 }
const settle = (reply: PartnerResult, facts = first) => settlementOf(reply, facts, pauses)

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
  ])('of %s', (_, facts) => {
    const accepted: Accepted = { kind: 'accepted', answer: { success: true }, depositUrl: 'https://partner.example/' }

    it('takes an account with its link for what it is', () => {
      const { answer, depositUrl } = accepted
      expect(settle(accepted, facts)).toEqual({ to: 'succeeded', answer, depositUrl })
    })

    it('keeps an account without a usable link', () => {
      const { answer } = accepted
      expect(settle({ ...accepted, depositUrl: null }, facts)).toEqual({ to: 'succeeded_without_link', answer })
    })

    it('lets the lease run on unless the partner answered completely', () => {
      expect(settle(unknown(false), facts)).toMatchObject({ to: 'uncertain', leaseIsOver: false })
      expect(settle(unknown(true), facts)).toMatchObject({ to: 'uncertain', leaseIsOver: true })
    })

    it('asks a person about the unknown where a second call could make a second account', () => {
      expect(settle(unknown(true), { ...facts, mayProbe: false })).toEqual({
        to: 'stuck',
        reason: 'NOT_UNIQUE_BY_EMAIL',
      })
    })

    it('pauses as long as the attempts so far ask for, or the partner does', () => {
      expect(settle(unknown(true), facts)).toMatchObject({ nextAttemptInMs: facts.attempt * 100 })
      expect(settle(notProcessed(), facts)).toMatchObject({ nextAttemptInMs: facts.attempt * 100 })
      expect(settle(notProcessed(5_000), facts)).toMatchObject({ nextAttemptInMs: 5_000 })
      expect(settle(notProcessed(0), facts)).toMatchObject({ nextAttemptInMs: facts.attempt * 100 })
    })

    it('waits no longer than the longest pause, since the gate keeps everybody from it for longer', () => {
      expect(settle(notProcessed(Number.MAX_VALUE), facts)).toMatchObject({ nextAttemptInMs: LONGEST_PAUSE_MS })
    })
  })

  it.each(['ALREADY_REGISTERED', 'MULTIPLE_ACCOUNTS', 'PARTNER_REJECTED'] as const)(
    'takes %s at its word on the first call',
    (code) => {
      const anyone = { ...first, earlierAccount: true }
      expect(settle(rejected(code))).toEqual({ to: 'rejected', code, message: 'No' })
      expect(settle(rejected(code), anyone)).toEqual({ to: 'rejected', code, message: 'No' })
    },
  )

  it('tries again where nothing was processed, which leaves earlier unknown calls unknown', () => {
    expect(settle(notProcessed())).toEqual({ to: 'unasked', nextAttemptInMs: 100 })
    expect(settle(notProcessed(), probe)).toEqual({ to: 'uncertain', nextAttemptInMs: 200, leaseIsOver: true })
  })

  it('takes "already registered" to a probe for the account that the unknown call made', () => {
    expect(settle(rejected('ALREADY_REGISTERED'), probe)).toEqual({ to: 'succeeded_without_link', answer: null })
  })

  it('takes it for a rejection when another registration shows an earlier account', () => {
    expect(settle(rejected('ALREADY_REGISTERED'), { ...probe, earlierAccount: true })).toMatchObject({
      to: 'rejected',
      code: 'ALREADY_REGISTERED',
    })
  })

  it('asks a person about "multiple accounts" to a probe, which may be the unknown call’s doing', () => {
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
const ours: Accepted = { kind: 'accepted', answer: { success: true }, depositUrl: 'https://partner.example/' }
const unsent: NotProcessed = { kind: 'not-processed', reason: 'ECONNREFUSED', reached: false }

it('takes the account that this registration made, with its link', () => {
  expect(afterLookUp(ours, unique)).toBe(ours)
})

it('gives nobody the link of an account that may be somebody else’s', () => {
  expect(afterLookUp({ kind: 'present' }, unique)).toEqual({
    kind: 'rejected',
    code: 'ALREADY_REGISTERED',
    message: null,
  })
})

it('learns nothing from an account that may be another’s where there can be two', () => {
  expect(afterLookUp({ kind: 'present' }, notUnique)).toMatchObject({ kind: 'unknown', answeredCompletely: true })
})

it('registers a missing account again only if that can’t make a second one', () => {
  expect(afterLookUp({ kind: 'absent' }, unique)).toBe('register')
  expect(afterLookUp({ kind: 'absent' }, notUnique)).toMatchObject({ kind: 'unknown', answeredCompletely: true })
})

it('waits for no lease after a lookup, which makes no account', () => {
  const lost = { kind: 'unknown', reason: 'ECONNRESET', answeredCompletely: false } as const
  expect(afterLookUp(lost, unique)).toEqual({ ...lost, answeredCompletely: true })
  expect(afterLookUp(unsent, unique)).toBe(unsent)
})
