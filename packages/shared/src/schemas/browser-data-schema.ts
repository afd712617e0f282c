import { z } from 'zod'
import { isStorable } from './text.ts'

const MAX_DEPTH = 8

/** Describes why a JSON value can't be stored; `undefined` if it can. */
function objection(value: unknown, depth: number): string | undefined {
  if (typeof value === 'string') return isStorable(value) ? undefined : 'must not contain NUL or lone surrogates'
  if (typeof value !== 'object' || value === null) return undefined
  if (depth === 0) return `must not be nested more than ${MAX_DEPTH} deep`
  for (const [key, member] of Object.entries(value)) {
    const found = objection(key, depth) ?? objection(member, depth - 1)
    if (found) return found
  }
  return undefined
}

/** An object of JSON values. Its depth is checked by hand, because a recursive schema would copy the value at every level. */
export const browserDataSchema = z.record(z.string(), z.any(), 'must be an object').superRefine((value, context) => {
  const message = objection(value, MAX_DEPTH)
  if (message) context.addIssue({ code: 'custom', message })
})
