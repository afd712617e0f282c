import type { RejectionCode } from '@registration/shared'
import type { HttpPartner, PartnerOptions } from '../../../src/partner/create-partner.ts'

/** The partner's answer to one request. */
export interface HttpAnswer {
  status: number
  body: string
}

/** A partner's wire format: how it expresses the answers that the conformance suite sends. */
export interface PartnerDialect {
  name: string
  create(options: PartnerOptions): HttpPartner
  /** An account whose link is `https://{host}{path}`, with this password. */
  account(host: string, path: string, password: string): HttpAnswer
  /** Each rejection, with its code and the partner's message. */
  rejections: [answer: HttpAnswer, code: RejectionCode, message: string][]
  /** Complete answers that are neither an account nor a rejection. */
  empty: HttpAnswer[]
  /** The registration's id in the bytes of a request. */
  keyIn(request: string): string | undefined
  /** If the partner has a lookup: its answers for an account, with the id of the registration that created it, and for none. */
  lookUp?: { member(registrationId: string, password: string): HttpAnswer; none: HttpAnswer }
}
