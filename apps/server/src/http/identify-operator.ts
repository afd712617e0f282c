import type { FastifyRequest } from 'fastify'
import type { Config } from '../config/config.ts'
import { ApiError } from '../registration/api-error.ts'
import { bearerKey, createKeyRing } from './caller.ts'
import { createRateLimiter } from './rate-limits.ts'

/**
 * The name of the operator's key that a request shows.
 *
 * @throws ApiError `FORBIDDEN`, `ORIGIN_NOT_ALLOWED` or `RATE_LIMITED`
 */
export type IdentifyOperator = (request: Pick<FastifyRequest, 'headers' | 'ip'>) => string

/** What a browser says of our own page's request, and of what somebody typed. */
const OWN_SITE: ReadonlySet<string> = new Set(['same-origin', 'none'])
/** Keys are too long to be guessed; this spares the log. */
const WRONG_KEYS = { max: 20, perMs: 60_000 }

/** @param now milliseconds of a clock that never jumps */
export function createIdentifyOperator(
  { operatorKeys, publicOrigin }: Pick<Config, 'operatorKeys' | 'publicOrigin'>,
  now: () => number,
): IdentifyOperator {
  const operatorOf = createKeyRing(operatorKeys)
  const wrongKeys = createRateLimiter(WRONG_KEYS, now)
  return ({ headers, ip }) => {
    // No page but our own has any business here, whatever key it got hold of.
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
