import { expect, it } from 'vitest'
import { funnel } from './funnel.ts'

const NOBODY = {
  ...{ pending: 0, uncertain: 0, succeeded: 0, succeeded_without_link: 0, rejected: 0, released: 0, stuck: 0 },
}

it('each stage counts the registrations that reached it or a later one', () => {
  const all = { pending: 1, uncertain: 2, succeeded: 80, succeeded_without_link: 5, rejected: 8, released: 3, stuck: 1 }
  expect(funnel(all).map(({ stage, count, share }) => [stage, count, share])).toEqual([
    ['begun', 100, 1],
    ['answered', 93, 0.93],
    ['account', 85, 0.85],
    ['link', 80, 0.8],
  ])
})

it('the funnel is empty without registrations', () => {
  expect(funnel(NOBODY).map(({ share }) => share)).toEqual([0, 0, 0, 0])
})
