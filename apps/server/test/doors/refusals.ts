import type { MisbehaviourName } from '@registration/partner-sandbox'
import { AN_ID, refused } from './replies.ts'
import type { Row } from './row.ts'

/** What the partner says, and the code that pages branch on. */
const SENTENCES: [MisbehaviourName, string, string][] = [
  ['already-registered', 'ALREADY_REGISTERED', 'This e-mail is already registered'],
  ['already-exists', 'ALREADY_REGISTERED', 'An account with this e-mail already exists'],
  ['multiple-accounts', 'MULTIPLE_ACCOUNTS', 'Multiple accounts are not allowed'],
  ['rejected', 'PARTNER_REJECTED', 'Registration is not available in your country'],
  ['success-false', 'PARTNER_REJECTED', 'Registration failed'],
]

/** The partner says no: its own sentence reaches the visitor. */
export const REFUSALS: Row[] = SENTENCES.map(([misbehaviour, code, sentence]) => ({
  it: `passes on the partner's sentence under the code ${code} (${misbehaviour})`,
  before: ({ server, email }) => server.partner.misbehave(email, misbehaviour),
  reply: refused(400, code, sentence, { registrationId: AN_ID }),
  onFile: [{ status: 'rejected', rejection_code: code, partner_message: sentence, attempts: 1, deposit_url: null }],
  partner: { calls: 1, accounts: 0 },
}))
