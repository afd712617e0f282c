import { expect, it } from 'vitest'
import { fanOut } from './fan-out.ts'

const breaks = (): void => {
  throw new Error('the log is broken')
}

it('the second listener is called when the first one throws, and both exceptions are reported', () => {
  const told: string[] = []
  const reported: unknown[] = []
  const listener = fanOut({ moved: breaks }, { moved: () => void told.push('moved') }, (error) => reported.push(error))
  listener.moved()
  expect(told).toEqual(['moved'])
  expect(reported).toEqual([new Error('the log is broken')])
})

it('an exception that cannot be reported does not reach the caller', () => {
  const told: string[] = []
  const listener = fanOut({ moved: breaks }, { moved: () => void told.push('moved') }, breaks)
  expect(() => listener.moved()).not.toThrow()
  expect(told).toEqual(['moved'])
})
