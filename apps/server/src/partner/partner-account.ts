import type { PartnerAccount } from '../registration/partner.ts'

export type JsonObject = Record<string, unknown>

/** The text as one JSON object, whose numbers that JavaScript can't hold stay the digits that they were. */
export function jsonObject(text: string): JsonObject | undefined {
  return objectOf(parsed(text))
}

/** The one JSON object in a text that is no JSON, such as behind a warning that the partner's server prints. */
export function jsonObjectWithin(text: string): JsonObject | undefined {
  const whole = parsed(text)
  return objectOf(whole === NO_JSON ? parsed(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1)) : whole)
}

const NO_JSON = Symbol('no JSON')

function parsed(text: string): unknown {
  try {
    // A reviver makes parsing several times slower, and few answers have such a number.
    return MANY_DIGITS.test(text) ? JSON.parse(text, keepDigits as Reviver) : JSON.parse(text)
  } catch {
    return NO_JSON
  }
}

function objectOf(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined
}

/** A number, rather than digits in a token. */
const MANY_DIGITS = /[:[,]\s*-?(?:[\d.]{16}|[\d.]+[eE])/

/** JSON.parse's reviver with the source of each value, which TypeScript doesn't know yet. */
type Reviver = (key: string, value: unknown) => unknown

function keepDigits(_: string, value: unknown, { source = '' }: { source?: string }): unknown {
  if (typeof value !== 'number') return value
  const isExact = Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value)
  return isExact ? value : source
}

/** A longer value is no password. */
const LONGEST = 2_048
/** Proxies and browsers take addresses of up to 8 KiB. */
const LONGEST_LINK = 8_192

const LINKS = ['domain', 'autologin', 'deposit', 'main', 'custom_login_link'] as const
const TEXTS_OR_NUMBERS = ['login', 'password'] as const

/**
 * The fields of the partner's answer that are ours to keep, each as it came, but for blanks around what becomes a link; what
 * has another type counts as missing.
 */
export function partnerAnswer(body: JsonObject): PartnerAccount {
  const answer: PartnerAccount = {}
  if (typeof body['success'] === 'boolean') answer.success = body['success']
  for (const field of LINKS) {
    const value = text(body[field], LONGEST_LINK)?.trim()
    if (value !== undefined) answer[field] = value
  }
  for (const field of TEXTS_OR_NUMBERS) {
    const value = typeof body[field] === 'number' ? body[field] : text(body[field], LONGEST)
    if (value !== undefined) answer[field] = value
  }
  return answer
}

function text(value: unknown, longest: number): string | undefined {
  return typeof value === 'string' && value.length <= longest ? storableText(value) : undefined
}

/** PostgreSQL stores neither NUL nor lone surrogates. */
export function storableText(value: string): string {
  return value.toWellFormed().replaceAll('\0', '\ufffd')
}
