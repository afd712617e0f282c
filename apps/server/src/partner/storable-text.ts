/** PostgreSQL stores neither NUL nor lone surrogates. */
export function storableText(value: string): string {
  return value.toWellFormed().replaceAll('\0', '\ufffd')
}
