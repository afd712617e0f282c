import { expect, it, vi } from 'vitest'
import { configure, type RegistrationSettings, settingsFor } from './configure.ts'
import { RegistrationError } from './registration-error.ts'

it('says what to do while no endpoint is configured', () => {
  expect(() => settingsFor({})).toThrow(/endpoint is missing: call configure/)
})

it('lets a call overrule the page, and blanks overrule nothing', () => {
  configure({ endpoint: 'https://reg.example.com', source: 'spring' })
  configure({ source: undefined, deadlineMs: 5 })
  expect(settingsFor({ endpoint: undefined, deadlineMs: 7, browserData: false })).toEqual({
    endpoint: 'https://reg.example.com',
    source: 'spring',
    deadlineMs: 7,
    browserData: false,
  })
})

it('refuses what is no object', () => {
  expect(() => configure('https://reg.example.com' as RegistrationSettings)).toThrow(/configure\(\) takes an object/)
})

it('takes an endpoint with slashes at its end', () => {
  expect(settingsFor({ endpoint: 'https://reg.example.com//' }).endpoint).toBe('https://reg.example.com')
})

it.each<[string, RegistrationSettings]>([
  ['endpoint', { endpoint: 'reg.example.com' }],
  ['endpoint', { endpoint: 'localhost:3000' }],
  ['endpoint', { endpoint: 'ftp://reg.example.com' }],
  ['endpoint', { endpoint: 'https://user:secret@reg.example.com' }],
  ['endpoint', { endpoint: {} as string }],
  ['endpoint', { endpoint: '/registration' }],
  ['redirectHosts', { redirectHosts: ['not a host'] }],
  ['redirectHosts', { redirectHosts: [''] }],
  ['deadlineMs', { deadlineMs: Number.NaN }],
  ['deadlineMs', { deadlineMs: -1 }],
  ['onStatus', { onStatus: 'status' } as RegistrationSettings],
  ['signal', { signal: true } as RegistrationSettings],
])('names %s where %o cannot be meant', (setting, settings) => {
  const check = () => settingsFor({ endpoint: 'https://reg.example.com', ...settings })
  expect(check).toThrow(RegistrationError)
  expect(check).toThrow(new RegExp(`^${setting}\\b`))
})

it('refuses plain http on a page with https, where browsers block it', () => {
  vi.stubGlobal('location', new URL('https://landing.example/'))
  expect(() => settingsFor({ endpoint: 'http://reg.example.com' })).toThrow(/must begin with https/)
  expect(settingsFor({ endpoint: 'http://localhost:3000' }).endpoint).toBe('http://localhost:3000')
  vi.unstubAllGlobals()
})

it("takes a path as a server behind the page's own host", () => {
  vi.stubGlobal('location', new URL('https://landing.example/spring'))
  expect(settingsFor({ endpoint: '/registration/' }).endpoint).toBe('https://landing.example/registration')
  vi.unstubAllGlobals()
})

it('takes redirect hosts with a scheme, capitals, a port or a path', () => {
  const given = ['https://Pay.Example.com/', '*.Example.ORG', 'pay.example.net:8443', 'https://*.bücher.example']
  expect(settingsFor({ endpoint: 'https://reg.example.com', redirectHosts: given }).redirectHosts).toEqual([
    'pay.example.com',
    '*.example.org',
    'pay.example.net',
    '*.xn--bcher-kva.example',
  ])
})
