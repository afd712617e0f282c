import type { Step } from './step.ts'

/** Leads keyboard and screen reader to what is new: the next step's own place, or the input that needs another look. */
export function moveFocus(page: Element, from: Step | null, to: Step): void {
  if (!from) return
  const hasProblem = 'problems' in to && to.problems.length > 0
  const place = from.at !== to.at ? '[data-focus]' : hasProblem ? '[aria-invalid="true"]' : null
  if (place) page.querySelector<HTMLElement>(place)?.focus()
}
