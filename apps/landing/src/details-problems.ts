import type { Visitor } from './step.ts'
import type { Problem } from './texts/texts.ts'

/** Everything that is obviously wrong with the details, in the order of the form. The server has the last word. */
export function detailsProblems({ name, email }: Visitor): Problem[] {
  const problems: Problem[] = []
  if (name === '') problems.push('name')
  if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) problems.push('email')
  return problems
}
