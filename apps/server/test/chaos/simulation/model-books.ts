import type { Transport } from '../../../src/partner/transport.ts'
import { foldEmail } from '../../../src/registration/registration.ts'
import type { Books } from '../model/books.ts'
import type { VisitorKind } from '../model/plan.ts'
import type { Account } from '../model/world.ts'

export interface ModelBooksOptions {
  /** Whether an e-mail gets one account at most. */
  uniqueByEmail: boolean
  /** What the partner thinks of each e-mail. */
  visitors: ReadonlyMap<string, VisitorKind>
}

/** The partner's books in memory. */
export function createModelBooks({ uniqueByEmail, visitors }: ModelBooksOptions): Books {
  const accounts: Account[] = [...visitors]
    .filter(([, kind]) => kind === 'has-account')
    .map(([email]) => ({ email, registrationId: undefined }))

  return {
    accounts: () => accounts,
    async carryOut({ registrationId, email }) {
      const kind = visitors.get(email)
      if (kind === 'refused') return answered(400, { message: 'Registration is not available in your country' })
      if (kind === 'multiple-accounts') return answered(400, { message: 'Multiple accounts are not allowed' })
      const isKnown = accounts.some((account) => foldEmail(account.email) === foldEmail(email))
      if (uniqueByEmail && isKnown) return answered(400, { message: 'This e-mail is already registered' })
      accounts.push({ email, registrationId })
      const login = accounts.length
      return answered(200, { success: true, login, domain: 'partner.example', deposit: `/deposit?account=${login}` })
    },
  }
}

function answered(status: number, body: object): Transport {
  return { kind: 'answered', status, retryAfter: null, body: JSON.stringify(body) }
}
