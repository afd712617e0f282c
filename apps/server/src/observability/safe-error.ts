/** Limits the chain of causes, which may be circular. */
const MAX_CAUSES = 8

/**
 * Returns a copy of the error that is safe to log: its name, code, stack and causes, and its message without quoted values.
 * Other properties are left out, since libraries attach data that may come from a visitor: the row that violates a
 * constraint, the bytes of a broken request, the URL of a connection.
 */
export function safeError(error: unknown): Error {
  return copySafely(MAX_CAUSES, error)
}

function copySafely(causesLeft: number, error: unknown): Error {
  if (!(error instanceof Error)) return new Error('a value that is not an Error was thrown')
  const { cause } = error
  const safe: Error & { code?: string } = new Error(
    messageOf(error),
    cause === undefined || causesLeft === 0 ? {} : { cause: copySafely(causesLeft - 1, cause) },
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
  // PostgreSQL's messages quote values for class 22 (data exception), and hold a trigger's own text for class P0.
  if (code !== undefined && /^(?:22|P0)[0-9A-Z]{3}$/.test(code)) return `a statement failed with SQLSTATE ${code}`
  // Messages of the platform's SyntaxError and TypeError quote the input.
  return error instanceof SyntaxError || error instanceof TypeError
    ? error.message.replace(/(["'`]).*\1/s, '"…"')
    : error.message
}

function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
