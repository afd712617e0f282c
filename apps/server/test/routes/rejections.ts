import type { MisbehaviourName } from '@registration/partner-sandbox'
import { ANY_UUID, rejectedWith } from './expected-responses.ts'
import type { RouteCase } from './route-case.ts'

/** The partner's sentence, and the code that pages branch on. */
const SENTENCES: [MisbehaviourName, string, string][] = [
  ['already-registered', 'ALREADY_REGISTERED', 'This e-mail is already registered'],
  ['already-exists', 'ALREADY_REGISTERED', 'An account with this e-mail already exists'],
  ['multiple-accounts', 'MULTIPLE_ACCOUNTS', 'Multiple accounts are not allowed'],
  ['rejected', 'PARTNER_REJECTED', 'Registration is not available in your country'],
  ['success-false', 'PARTNER_REJECTED', 'Registration failed'],
]

/** The partner rejects; its sentence reaches the visitor. */
export const REJECTIONS: RouteCase[] = SENTENCES.map(([misbehaviour, code, sentence]) => ({
  title: `the answer ${misbehaviour} gives ${code} with the partner's sentence`,
  arrange: ({ server, email }) => server.partner.misbehave(email, misbehaviour),
  expected: rejectedWith(400, code, sentence, { registrationId: ANY_UUID }),
  rows: [{ status: 'rejected', rejection_code: code, partner_message: sentence, attempts: 1, deposit_url: null }],
  partner: { calls: 1, accounts: 0 },
}))
