import { expect, it } from 'vitest'
import { redirectHosts } from './redirect-hosts.ts'

it('allows any host where none is listed', () => {
  expect(redirectHosts([])('anything.example')).toBe(true)
})

it.each([
  ['partner.example', true],
  ['www.partner.example', false],
  ['evil-partner.example', false],
  ['partner.example.evil.example', false],
  ['a.cdn.example', true],
  ['a.b.cdn.example', true],
  ['cdn.example', false],
  ['evilcdn.example', false],
])('of partner.example and *.cdn.example: %s, %s', (host, allowed) => {
  expect(redirectHosts(['partner.example', '*.cdn.example'])(host)).toBe(allowed)
})
