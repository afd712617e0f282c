import type { Transport } from '../../../src/partner/transport.ts'
import type { PartnerCall } from '../../../src/registration/partner.ts'
import type { Account } from './simulation-context.ts'

/** The partner's accounts, and how it handles a request. */
export interface PartnerBackend {
  /** Handles one request. @returns the answer that a working network would deliver */
  handle(order: PartnerCall): Promise<Transport>
  accounts(): Account[]
}
