import type { HttpResult } from '../../../src/partner/http-result.ts'
import { foldEmail } from '../../../src/registration/registration.ts'
import type { PartnerBackend } from '../model/partner-backend.ts'
import type { VisitorKind } from '../model/scenario.ts'
import type { Account } from '../model/simulation-context.ts'

export interface ModelPartnerOptions {
  /** Whether an e-mail gets one account at most. */
  uniqueByEmail: boolean
  /** How the partner treats each e-mail. */
  visitors: ReadonlyMap<string, VisitorKind>
}

/** The partner's accounts in memory. */
export function createModelPartner({ uniqueByEmail, visitors }: ModelPartnerOptions): PartnerBackend {
  const accounts: Account[] = [...visitors]
    .filter(([, kind]) => kind === 'has-account')
    .map(([email]) => ({ email, registrationId: undefined }))

  return {
    accounts: () => accounts,
    async handle({ registrationId, email }) {
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

function answered(status: number, body: object): HttpResult {
  return { kind: 'answered', status, retryAfter: null, body: JSON.stringify(body) }
}
