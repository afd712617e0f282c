import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { depositLink, redirectHosts, withoutForeignLinks } from './deposit-link.ts'

const anyHost = () => true
const linkOf = (answer: object) => depositLink(answer, anyHost)

describe('depositLink', () => {
  const all = {
    domain: 'partner.example',
    custom_login_link: '/custom?a=1',
    deposit: '/deposit',
    main: '/main',
    autologin: 'https://login.example/token',
  }

  it('returns the first link that is present: custom login link, deposit, main, autologin', () => {
    expect(linkOf(all)).toBe('https://partner.example/custom?a=1')
    expect(linkOf({ ...all, custom_login_link: '' })).toBe('https://partner.example/deposit')
    expect(linkOf({ ...all, custom_login_link: '', deposit: undefined })).toBe('https://partner.example/main')
    expect(linkOf({ autologin: all.autologin })).toBe('https://login.example/token')
    expect(linkOf({ domain: 'partner.example' })).toBeNull()
    expect(linkOf({})).toBeNull()
  })

  it('skips unusable links', () => {
    expect(linkOf({ ...all, custom_login_link: '//evil.example' })).toBe('https://partner.example/deposit')
    expect(linkOf({ ...all, domain: '' })).toBe('https://login.example/token')
  })

  it.each(['partner.example', 'Partner.Example', 'www.partner.example:8443', 'partner.example:443', 'bücher.example'])(
    'accepts the domain %s',
    (domain) => {
      const { origin } = new URL(`https://${domain}`)
      expect(linkOf({ domain, deposit: '/deposit' })).toBe(`${origin}/deposit`)
    },
  )

  it.each([
    ['brand.example/', 'https://brand.example/deposit?t=1'],
    ['brand.example//', 'https://brand.example/deposit?t=1'],
    ['//brand.example', 'https://brand.example/deposit?t=1'],
    [' brand.example\n', 'https://brand.example/deposit?t=1'],
    ['brand.example/en', 'https://brand.example/en/deposit?t=1'],
    ['brand.example/en/', 'https://brand.example/en/deposit?t=1'],
    ['brand.example:8443/en', 'https://brand.example:8443/en/deposit?t=1'],
    ['bank.example/..', 'https://bank.example/deposit?t=1'],
  ])('joins the domain %j and a path, as landing pages did before', (domain, link) => {
    expect(linkOf({ domain, deposit: '/deposit?t=1' })).toBe(link)
    expect(linkOf({ domain, deposit: ' /deposit?t=1\n' })).toBe(link)
  })

  it('accepts a path without a leading slash if the domain ends with a slash', () => {
    expect(linkOf({ domain: 'brand.example/', deposit: 'deposit?t=1' })).toBe('https://brand.example/deposit?t=1')
    expect(linkOf({ domain: 'brand.example/', deposit: 'javascript:alert(1)' })).toBeNull()
  })

  it.each([
    'evil.example@bank.example',
    'evil.example:pass@bank.example',
    'bank.example?',
    'bank.example#',
    'bank.example\\',
    'bank.example:',
    'bank.example:99999',
    'https://bank.example',
    'bank .example',
    'bank.example/ en',
    'bank.example\n.evil.example',
    '[::1',
    '',
  ])('refuses the domain %j', (domain) => {
    expect(linkOf({ domain, deposit: '/deposit' })).toBeNull()
  })

  it.each([
    '@evil.example/deposit',
    '.evil.example/deposit',
    ':443@evil.example/deposit',
    ':pass@evil.example',
    'evil.example',
    '//evil.example/deposit',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '/deposit\r\nset-cookie: a=b',
    '/deposit\\..\\..',
    '/deposit\0',
    'javascript:alert(1)',
    'https://evil.example/',
    '?deposit',
    '#deposit',
  ])('refuses the path %j', (deposit) => {
    expect(linkOf({ domain: 'bank.example', deposit })).toBeNull()
  })

  it.each(['/deposit?to=https://evil.example', '/@evil.example', '/a//b', '/%2f%2fevil.example', '/ä ö'])(
    'stays on the domain for the path %j',
    (deposit) => {
      expect(new URL(linkOf({ domain: 'bank.example', deposit }) ?? '').host).toBe('bank.example')
    },
  )

  it.each([
    'javascript:alert(document.domain)',
    'JaVaScRiPt:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:msgbox(1)',
    'http://bank.example/autologin',
    'ftp://bank.example/',
    '//bank.example/autologin',
    '/autologin',
    'bank.example/autologin',
    'https:bank.example',
    'https:///bank.example',
    'https:\\\\bank.example',
    'https://bank.example@evil.example/',
    'https://user:pass@bank.example/',
    'https://bank.example\\@evil.example/',
    'https://bank.example/\r\nlocation: x',
    'java\nscript:alert(1)',
    'https://',
    '',
  ])('refuses the autologin link %j', (autologin) => {
    expect(linkOf({ autologin })).toBeNull()
  })

  it('skips links to hosts that are not allowed', () => {
    const allowed = (host: string) => host === 'login.example'
    expect(depositLink(all, allowed)).toBe('https://login.example/token')
    expect(depositLink({ ...all, autologin: '' }, allowed)).toBeNull()
  })

  it('never leads to another host for random domains and paths', () => {
    const hostile = fc.string({ unit: fc.constantFrom(...'/\\@:.?#%\t\n a-eävil.example') })
    fc.assert(
      fc.property(hostile, hostile, (domain, path) => {
        const link = linkOf({ domain, deposit: path })
        if (link === null) return
        const url = new URL(link)
        expect(url.protocol).toBe('https:')
        expect(url.username + url.password).toBe('')
        // The host is the one that a browser derives from the domain.
        expect(url.host).toBe(new URL(`https://${domain.trim()}/`).host)
        expect(link.startsWith(`https://${url.host}/`)).toBe(true)
      }),
      { numRuns: 2_000, seed: 1 },
    )
  })
})

describe('withoutForeignLinks', () => {
  const allowed = (host: string) => host.endsWith('partner.example')

  it('drops links to other hosts and keeps the other fields unchanged', () => {
    const answer = {
      domain: 'play.partner.example',
      deposit: '/d',
      autologin: 'javascript:alert(1)',
      main: '@evil.example/x',
      custom_login_link: '.evil.example/y',
      login: 'ann',
    }
    expect(withoutForeignLinks(answer, allowed)).toEqual({
      domain: 'play.partner.example',
      deposit: '/d',
      login: 'ann',
    })
    expect(depositLink(answer, allowed)).toBe('https://play.partner.example/d')
  })

  it('keeps links to allowed hosts and empty fields', () => {
    const answer = {
      domain: 'partner.example/en',
      deposit: '/d',
      main: '',
      custom_login_link: '/c',
      autologin: 'https://login.partner.example/?t=1',
    }
    expect(withoutForeignLinks(answer, allowed)).toEqual(answer)
    expect(withoutForeignLinks({ ...answer, autologin: '/login?t=1' }, allowed)).toMatchObject({
      autologin: '/login?t=1',
    })
  })

  it('drops every link on a host that is not allowed', () => {
    const answer = { domain: 'evil.example', deposit: '/d', main: '/m', autologin: 'https://evil.example/' }
    expect(withoutForeignLinks(answer, allowed)).toEqual({ domain: 'evil.example' })
  })

  it.each(['//evil.example', 'data:text/html,x', 'vbscript:x', '\\\\evil.example', 'https://evil.example/'])(
    'drops %j without a domain',
    (deposit) => {
      expect(withoutForeignLinks({ deposit, autologin: deposit }, allowed)).toEqual({})
    },
  )
})

it('redirectHosts without a list allows any host', () => {
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
])('redirectHosts of partner.example and *.cdn.example: %s, %s', (host, allowed) => {
  expect(redirectHosts(['partner.example', '*.cdn.example'])(host)).toBe(allowed)
})
