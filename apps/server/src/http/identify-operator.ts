import type { FastifyRequest } from 'fastify'
import type { Config } from '../config/config.ts'
import { ApiError } from '../registration/api-error.ts'
import { bearerKey, createKeyRing } from './caller.ts'
import { createRateLimiter } from './rate-limits.ts'

/**
 * Returns the name of the request's operator key.
 *
 * @throws ApiError `FORBIDDEN`, `ORIGIN_NOT_ALLOWED` or `RATE_LIMITED`
 */
export type IdentifyOperator = (request: Pick<FastifyRequest, 'headers' | 'ip'>) => string

/** `Sec-Fetch-Site` of the console's own requests, and of an address typed into the browser. */
const OWN_SITE: ReadonlySet<string> = new Set(['same-origin', 'none'])
/** Keys are too long to guess. The limit keeps failed attempts from flooding the log. */
const WRONG_KEYS = { max: 20, perMs: 60_000 }

/** @param now milliseconds of a monotonic clock */
export function createIdentifyOperator(
  { operatorKeys, publicOrigin }: Pick<Config, 'operatorKeys' | 'publicOrigin'>,
  now: () => number,
): IdentifyOperator {
  const operatorOf = createKeyRing(operatorKeys)
  const wrongKeys = createRateLimiter(WRONG_KEYS, now)
  return ({ headers, ip }) => {
    // Only the server's own page may use the operator API, even if another page has a key.
    const { origin = publicOrigin, 'sec-fetch-site': site = 'none' } = headers
    if (origin !== publicOrigin || !OWN_SITE.has(String(site))) throw new ApiError('ORIGIN_NOT_ALLOWED')
    if (operatorKeys.length === 0) {
      throw new ApiError('FORBIDDEN', { sentence: 'This server has no operators: set OPERATOR_API_KEYS.' })
    }
    const operator = operatorOf(bearerKey(headers.authorization))
    if (operator !== undefined) return operator
    const allowance = wrongKeys.take(ip)
    if (allowance && !allowance.allowed) throw new ApiError('RATE_LIMITED', { retryAfterMs: allowance.resetMs })
    const sentence = 'Operators need a key: Authorization: Bearer <one of OPERATOR_API_KEYS>.'
    throw new ApiError('FORBIDDEN', { sentence })
  }
}
