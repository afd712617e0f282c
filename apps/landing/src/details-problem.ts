import type { Visitor } from './step.ts'
import type { Problem } from './texts/texts.ts'

/** What is obviously wrong with the details. The server has the last word. */
export function detailsProblem({ name, email }: Visitor): Problem | null {
  if (name === '') return 'name'
  return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email) ? null : 'email'
}
