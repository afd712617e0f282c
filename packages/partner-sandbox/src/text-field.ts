/** A member of a parsed JSON object as trimmed text; empty where it is missing or something else. */
export function textField(body: unknown, name: string): string {
  const value: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined
  return typeof value === 'string' ? value.trim() : ''
}
