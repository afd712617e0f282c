import type { RateLimit } from '../config/config.ts'
import type { EmailQuota } from '../registration/email-quota.ts'
import { foldEmail } from '../registration/fold-email.ts'
import { createRateLimiter } from './rate-limiter.ts'

/** @param onLimited is told of every e-mail that has none left */
export function createEmailQuota(
  limit: RateLimit,
  now: () => number,
  onLimited: () => void = () => undefined,
): EmailQuota {
  const limiter = createRateLimiter(limit, now)
  return {
    take(email) {
      const allowance = limiter.take(foldEmail(email))
      if (!allowance || allowance.allowed) return undefined
      onLimited()
      return { retryAfterMs: allowance.resetMs }
    },
    giveBack: (email) => limiter.giveBack(foldEmail(email)),
  }
}
