/** The value of `<input type="datetime-local">` for an instant, in the operator's time zone; empty for none. */
export function localInstant(iso: string): string {
  if (iso === '') return ''
  const at = new Date(iso)
  const two = (part: number) => String(part).padStart(2, '0')
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`
}

/** The input's value as ISO 8601. */
export function isoInstant(local: string): string {
  return local === '' ? '' : new Date(local).toISOString()
}
