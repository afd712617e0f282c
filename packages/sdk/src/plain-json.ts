/** As deep as the server takes it. */
const MAX_DEPTH = 8

/**
 * A copy that `JSON.stringify` writes as it is: objects without a prototype and lists whose `toJSON` is masked, since old
 * libraries put a `toJSON` of their own on every object or list. What JSON can't say is left out, and so is what lies deeper
 * than 8 levels, as in a structure that contains itself.
 */
export function plainJson(value: unknown, depth = MAX_DEPTH): unknown {
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return typeof value === 'function' ? undefined : value
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value.toISOString()
  if (depth === 0) return undefined
  if (Array.isArray(value)) {
    const list = value.map((item) => plainJson(item, depth - 1) ?? null)
    return Object.defineProperty(list, 'toJSON', { value: undefined })
  }
  const copy = Object.create(null) as Record<string, unknown>
  for (const name of Object.keys(value)) {
    try {
      copy[name] = plainJson((value as Record<string, unknown>)[name], depth - 1)
    } catch {
      // A getter that throws costs its own field.
    }
  }
  return copy
}

/** The same fields, on which nothing else is found. */
export function withoutPrototype<Fields extends object>(fields: Fields): Fields {
  return Object.assign(Object.create(null), fields) as Fields
}
