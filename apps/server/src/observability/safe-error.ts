/** An error may be its own cause, by a way round; nobody reads further than this. */
const MOST_CAUSES = 8

/**
 * The same error as far as a log may know it: what kind it is, its code, its message where that can't hold a value, where
 * it happened, and what caused it. Everything else that libraries hang on errors (the row that a constraint refused,
 * the bytes of a broken request, the URL of a connection) may hold what a visitor sent.
 */
export function safeError(error: unknown): Error {
  return safeTo(MOST_CAUSES, error)
}

function safeTo(mostCauses: number, error: unknown): Error {
  if (!(error instanceof Error)) return new Error('something that is no error was thrown')
  const { cause } = error
  const safe: Error & { code?: string } = new Error(
    messageOf(error),
    cause === undefined || mostCauses === 0 ? {} : { cause: safeTo(mostCauses - 1, cause) },
  )
  safe.name = error.name
  const code = codeOf(error)
  if (code !== undefined) safe.code = code
  const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? []
  safe.stack = [`${error.name}: ${safe.message}`, ...frames].join('\n')
  return safe
}

function messageOf(error: Error): string {
  const code = codeOf(error)
  // PostgreSQL quotes values in what it says of bad data (22), and says whatever a trigger raises (P0).
  if (code !== undefined && /^(?:22|P0)[0-9A-Z]{3}$/.test(code)) return `a statement was refused with SQLSTATE ${code}`
  // The platform quotes what it could not parse or take.
  return error instanceof SyntaxError || error instanceof TypeError
    ? error.message.replace(/(["'`]).*\1/s, '"…"')
    : error.message
}

function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
