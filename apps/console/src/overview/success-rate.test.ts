import { expect, it } from 'vitest'
import { successRate } from './success-rate.ts'

const none = {
  ...{ pending: 0, uncertain: 0, succeeded: 0, succeeded_without_link: 0, rejected: 0, released: 0, stuck: 0 },
}

it('an account without a link counts as a success, and an unfinished registration does not count', () => {
  const byStatus = { ...none, succeeded: 6, succeeded_without_link: 1, rejected: 2, released: 1, stuck: 5, pending: 5 }
  expect(successRate(byStatus)).toEqual({ begun: 20, finished: 10, rate: 0.7 })
})

it('there is no success rate while nothing is finished', () => {
  expect(successRate({ ...none, uncertain: 3 })).toEqual({ begun: 3, finished: 0, rate: undefined })
})
