import type { HostAllowed } from './deposit-link.ts'

/** @param patterns hosts, or `*.example.com` for every host below it; none allows any */
export function redirectHosts(patterns: readonly string[]): HostAllowed {
  if (patterns.length === 0) return () => true
  const exact = new Set(patterns.filter((pattern) => !pattern.startsWith('*.')))
  const below = patterns.filter((pattern) => pattern.startsWith('*.')).map((pattern) => pattern.slice(1))
  return (host) => exact.has(host) || below.some((suffix) => host.endsWith(suffix))
}
