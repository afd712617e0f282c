import { expect, it } from 'vitest'
import { isoInstant, localInstant } from './local-instant.ts'

it('gives the same minute back, whatever the time zone is', () => {
  const iso = '2026-03-01T23:07:00.000Z'
  expect(isoInstant(localInstant(iso))).toBe(iso)
  expect(isoInstant('')).toBe('')
  expect(localInstant('')).toBe('')
})
