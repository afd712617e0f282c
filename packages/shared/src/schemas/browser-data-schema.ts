import { z } from 'zod'
import type { Json } from '../registration-request.ts'
import { isStorable } from './text.ts'

const MAX_DEPTH = 8

/** What is wrong with a value that came out of a JSON parser, or `undefined` when it can be stored. */
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

/** An object of JSON values. Checked by hand: a recursive schema would copy the value at every level. */
export const browserDataSchema = z.custom<{ [key: string]: Json }>().superRefine((value, context) => {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  const message = isObject ? objection(value, MAX_DEPTH) : 'must be an object'
  if (message) context.addIssue({ code: 'custom', message })
})
