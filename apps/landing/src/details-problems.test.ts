import { expect, it } from 'vitest'
import { detailsProblems } from './details-problems.ts'

it.each([
  ['', 'ann@example.com', ['name']],
  ['', '', ['name', 'email']],
  ['Ann', '', ['email']],
  ['Ann', 'ann', ['email']],
  ['Ann', 'ann@example', ['email']],
  ['Ann', 'a nn@example.com', ['email']],
  ['Ann', 'ann@example.com', []],
  ['Анна', 'почта@пример.рф', []],
] as const)('finds in %j <%s> the problems %j', (name, email, problems) => {
  expect(detailsProblems({ name, email })).toEqual(problems)
})
