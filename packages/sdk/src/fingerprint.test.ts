import { expect, it } from 'vitest'
import { fingerprint } from './fingerprint.ts'

it('tells 100,000 e-mails apart', () => {
  const prints = Array.from({ length: 100_000 }, (_, i) => fingerprint(`visitor-${i}@example.com`))
  expect(new Set(prints).size).toBe(prints.length)
})

it('is the same for the same text, and shows nothing of it', () => {
  expect(fingerprint('ann@example.com')).toBe(fingerprint('ann@example.com'))
  expect(fingerprint('ann@example.com')).toMatch(/^[0-9a-z]{8,14}$/)
})
