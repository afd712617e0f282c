const supported = ['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64']

/** Why the embedded PostgreSQL can't run on a machine, and what to do instead; `undefined` where it can. */
export function platformProblem(machine: { platform: string; arch: string; glibc: boolean }): string | undefined {
  const instead = 'Set DATABASE_URL to a PostgreSQL of your own.'
  const name = `${machine.platform}-${machine.arch}`
  if (machine.platform === 'win32') {
    return `The embedded PostgreSQL does not run on Windows itself. Work inside WSL, or: ${instead}`
  }
  if (!supported.includes(name)) {
    return `The embedded PostgreSQL is not available for ${name} (only for ${supported.join(', ')}). ${instead}`
  }
  if (machine.platform === 'linux' && !machine.glibc) {
    return `The embedded PostgreSQL needs glibc, and this Linux has another C library (musl on Alpine). ${instead}`
  }
  return undefined
}
