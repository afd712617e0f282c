import { expect, it } from 'vitest'
import { afterLookUp } from './after-look-up.ts'
import type { Accepted, NotProcessed } from './partner.ts'

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

it('asks for a missing account anew only where that can make no second one', () => {
  expect(afterLookUp({ kind: 'absent' }, unique)).toBe('register')
  expect(afterLookUp({ kind: 'absent' }, notUnique)).toMatchObject({ kind: 'unknown', answeredCompletely: true })
})

it('waits for no lease after a look-up, which makes nothing', () => {
  const lost = { kind: 'unknown', reason: 'ECONNRESET', answeredCompletely: false } as const
  expect(afterLookUp(lost, unique)).toEqual({ ...lost, answeredCompletely: true })
  expect(afterLookUp(unsent, unique)).toBe(unsent)
})
