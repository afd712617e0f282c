import { expect, it } from 'vitest'
import { configure, settingsFor } from './configure.ts'

it('says what to do while no endpoint is configured', () => {
  expect(() => settingsFor({})).toThrow(/call configure\(\{ endpoint/)
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

it('takes an endpoint with slashes at its end', () => {
  expect(settingsFor({ endpoint: 'https://reg.example.com//' }).endpoint).toBe('https://reg.example.com')
})
