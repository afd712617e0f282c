import type { RateLimit } from '../config/config.ts'
import type { EmailQuota } from '../registration/email-quota.ts'
import { foldEmail } from '../registration/fold-email.ts'
import { createRateLimiter } from './rate-limiter.ts'

export function createEmailQuota(limit: RateLimit, now: () => number): EmailQuota {
  const limiter = createRateLimiter(limit, now)
  return {
    take(email) {
      const allowance = limiter.take(foldEmail(email))
      return allowance && !allowance.allowed ? { retryAfterMs: allowance.resetMs } : undefined
    },
    giveBack: (email) => limiter.giveBack(foldEmail(email)),
  }
}
