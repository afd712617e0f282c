import { z } from 'zod'

/** Whether PostgreSQL can store the string as text and in jsonb. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

/** A string of at most `max` characters that PostgreSQL can store. */
export function text(max: number) {
  return z
    .string('must be a string')
    .max(max, `must have at most ${max} characters`)
    .refine(isStorable, 'must not contain NUL or lone surrogates')
}

/** The same on one line: no control characters. */
export function line(max: number) {
  return text(max).regex(/^\P{Cc}*$/u, 'must not contain control characters')
}

/** 1 to `max` printable ASCII characters, safe in a header. */
export function token(max: number) {
  return z
    .string('must be a string')
    .min(1, 'must not be empty')
    .max(max, `must have at most ${max} characters`)
    .regex(/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/, 'must be printable ASCII without spaces at its ends')
}
