import { expect, it } from 'vitest'
import { fanOut } from './fan-out.ts'

const breaks = (): void => {
  throw new Error('the log is broken')
}

it('tells the second listener what the first one throws at, and reports what each throws', () => {
  const told: string[] = []
  const reported: unknown[] = []
  const listener = fanOut({ moved: breaks }, { moved: () => void told.push('moved') }, (error) => reported.push(error))
  listener.moved()
  expect(told).toEqual(['moved'])
  expect(reported).toEqual([new Error('the log is broken')])
})

it('throws at nobody where what listeners throw can not be reported either', () => {
  const told: string[] = []
  const listener = fanOut({ moved: breaks }, { moved: () => void told.push('moved') }, breaks)
  expect(() => listener.moved()).not.toThrow()
  expect(told).toEqual(['moved'])
})
