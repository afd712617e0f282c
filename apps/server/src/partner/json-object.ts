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

const MANY_DIGITS = /\d{16}|\d[eE][+-]?\d{2}/

/** As the language has it since its values' sources are told; TypeScript doesn't know them yet. */
type Reviver = (key: string, value: unknown) => unknown

function keepDigits(_: string, value: unknown, { source = '' }: { source?: string }): unknown {
  if (typeof value !== 'number') return value
  const isExact = Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value)
  return isExact ? value : source
}
