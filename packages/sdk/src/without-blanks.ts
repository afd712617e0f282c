/** The fields that say something: without `null`, `undefined` and empty strings. */
export function withoutBlanks<Fields extends object>(fields: Fields): Partial<Fields> {
  const said = Object.entries(fields).filter(([, value]) => value != null && value !== '')
  return Object.fromEntries(said) as Partial<Fields>
}
