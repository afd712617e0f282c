import { expect, it } from 'vitest'
import { createFormat } from './create-format.ts'

const plain = (text: string) => text.replaceAll(/[\u00a0\u202f]/g, ' ')
const en = createFormat('en')
const ru = createFormat('ru')

it.each([
  [0, '0 ms', '0 мс'],
  [340.4, '340 ms', '340 мс'],
  [999, '999 ms', '999 мс'],
  [1_240, '1.2 sec', '1,2 с'],
  [59_999, '59 sec', '59 с'],
  [200_000, '3 min 20 sec', '3 мин 20 с'],
  [3_600_000, '1 hr', '1 ч'],
  [187_200_000, '2 days 4 hr', '2 дн. 4 ч'],
])('a span of %i ms has at most two units', (ms, english, russian) => {
  expect(plain(en.span(ms))).toBe(english)
  expect(plain(ru.span(ms))).toBe(russian)
})

it('shares have at most one decimal, and counts have separators', () => {
  expect(en.share(0.98765)).toBe('98.8%')
  expect(en.share(1)).toBe('100%')
  expect(en.count(1_234_567)).toBe('1,234,567')
  expect(plain(ru.count(1_234_567))).toBe('1 234 567')
})

it('a capped count is marked with a plus', () => {
  expect(en.bounded(9_999)).toBe('9,999')
  expect(en.bounded(10_000)).toBe('10,000+')
})

it('an instant ahead of the clock is shown as now', () => {
  const now = new Date('2026-03-01T12:00:00Z')
  expect(en.ago(new Date('2026-03-01T11:57:10Z'), now)).toBe('2 minutes ago')
  expect(ru.ago(new Date('2026-02-27T12:00:00Z'), now)).toBe('позавчера')
  expect(en.ago(new Date('2026-03-01T12:00:05Z'), now)).toBe('now')
})
