import type { RejectionCode } from '@registration/shared'
import type { HttpPartner, PartnerOptions } from '../../../src/partner/create-partner.ts'

/** What a partner writes into an answer. */
export interface Said {
  status: number
  body: string
}

/** What the conformance suite must know of a partner: how it says what every partner can say. */
export interface PartnerDialect {
  name: string
  create(options: PartnerOptions): HttpPartner
  /** An account whose link is `https://{host}{path}`, with this password. */
  account(host: string, path: string, password: string): Said
  /** Each refusal, with what it is to us. */
  refusals: [said: Said, code: RejectionCode, sentence: string][]
  /** Complete answers that are neither an account nor a refusal. */
  empty: Said[]
  /** The registration's id, as the partner finds it in the bytes of a request. */
  keyIn(request: string): string | undefined
  /** Where it can be asked for an account: what it says of one, by whose order it was made, and of none. */
  lookUp?: { member(registrationId: string, password: string): Said; none: Said }
}
