import type { HttpResult } from '../../../src/partner/http-result.ts'
import type { PartnerCall } from '../../../src/registration/partner.ts'
import type { Account } from './simulation-context.ts'

/** The partner's accounts, and how it handles a request. */
export interface PartnerBackend {
  /** Handles one request. @returns the answer that a working network would deliver */
  handle(call: PartnerCall): Promise<HttpResult>
  accounts(): Account[]
}
