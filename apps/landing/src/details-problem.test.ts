import { expect, it } from 'vitest'
import { detailsProblem } from './details-problem.ts'

it.each([
  ['', 'ann@example.com', 'name'],
  ['', '', 'name'],
  ['Ann', '', 'email'],
  ['Ann', 'ann', 'email'],
  ['Ann', 'ann@example', 'email'],
  ['Ann', 'a nn@example.com', 'email'],
  ['Ann', 'ann@example.com', null],
  ['Анна', 'почта@пример.рф', null],
] as const)('finds in %j <%s> the problem %j', (name, email, problem) => {
  expect(detailsProblem({ name, email })).toBe(problem)
})
