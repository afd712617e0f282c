const NAME = 'visitor-id'

/** This browser's own id, made on the first visit. Where storage is blocked, every visit is a first one. */
export function visitorId(): string {
  const made = crypto
    .getRandomValues(new Uint8Array(16))
    .reduce((id, byte) => id + byte.toString(16).padStart(2, '0'), '')
  try {
    const known = localStorage.getItem(NAME)
    if (known) return known
    localStorage.setItem(NAME, made)
  } catch {}
  return made
}
