import { expect, it } from 'vitest'
import { isoInstant, localInstant } from './local-instant.ts'

it('a minute survives the round trip through the input in any time zone', () => {
  const iso = '2026-03-01T23:07:00.000Z'
  expect(isoInstant(localInstant(iso))).toBe(iso)
  expect(isoInstant('')).toBe('')
  expect(localInstant('')).toBe('')
})
