import { expect, it } from 'vitest'
import { checkedLink } from './checked-link.ts'

it('lets an https link through as it came', () => {
  expect(checkedLink('https://partner.example')).toBe('https://partner.example')
})

it.each([
  'http://partner.example/in',
  'javascript:alert(1)',
  'data:text/html,hello',
  'https://ann:secret@partner.example/in',
  'https://ann@partner.example/in',
  '//partner.example/in',
  '/in',
  '',
  null,
])('stops %s', (link) => {
  expect(checkedLink(link)).toBeUndefined()
})

const hosts = ['pay.example.com', '*.example.org']

it.each(['https://pay.example.com/in', 'https://a.example.org/in', 'https://b.a.example.org/in'])(
  'lets %s through',
  (link) => {
    expect(checkedLink(link, hosts)).toBe(link)
  },
)

it.each([
  'https://example.org/in',
  'https://evil-example.org/in',
  'https://www.pay.example.com/in',
  'https://pay.example.com.evil.example/in',
])('stops %s, which no listed host covers', (link) => {
  expect(checkedLink(link, hosts)).toBeUndefined()
})
