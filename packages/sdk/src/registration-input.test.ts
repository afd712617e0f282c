import { registrationRequestSchema } from '@registration/shared/schemas'
import { afterEach, expect, it, vi } from 'vitest'
import { openPage } from '../test/support/open-page.ts'
import { readArguments } from './read-arguments.ts'
import { registrationInput } from './registration-input.ts'

const anybody = readArguments(['a@example.com', '', {}, 'v'])

afterEach(() => {
  vi.unstubAllGlobals()
})

it('collects what the old page collected, and the server takes it', async () => {
  await openPage({ url: 'https://landing.example/spring?tag=a#private' })
  const input = registrationInput(readArguments(['ann@example.com', 'Ann', { tag: 'a' }, 'v-1']), {
    source: 'newsletter',
  })
  expect(input).toEqual({
    email: 'ann@example.com',
    name: 'Ann',
    visitorId: 'v-1',
    trafficParams: { tag: 'a' },
    siteUrl: 'https://landing.example/spring?tag=a',
    source: 'newsletter',
    browserData: {
      userAgent: navigator.userAgent,
      language: navigator.language,
      timeZone: expect.any(String),
      screen: '390x844',
      referrer: 'https://search.example/',
    },
  })
  expect(registrationRequestSchema.parse(input)).toEqual(input)
})

it('lets the page say these things itself, or nothing about the browser', async () => {
  await openPage()
  const settings = { siteUrl: 'https://shop.example', browserData: { theme: 'dark' } }
  expect(registrationInput(anybody, settings)).toMatchObject(settings)
  expect(registrationInput(anybody, { browserData: false })).not.toHaveProperty('browserData')
})

it('cuts an address that is longer than the server takes', async () => {
  await openPage({ url: `https://landing.example/?q=${'x'.repeat(5000)}` })
  expect(registrationInput(anybody, {}).siteUrl).toHaveLength(2048)
})

it('collects nothing where there is no page', () => {
  expect(registrationInput(readArguments(['a@example.com', 'A', null, 7]), {})).toEqual({
    email: 'a@example.com',
    name: 'A',
    visitorId: '7',
    trafficParams: {},
  })
})
