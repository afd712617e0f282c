import type { Transport } from '../../../src/partner/transport.ts'
import type { PartnerCall } from '../../../src/registration/partner.ts'
import type { Account } from './simulation-context.ts'

/** What the partner has, and does when a request is carried out. */
export interface PartnerBackend {
  /** Carries one request out. @returns what an honest answer says of it */
  handle(order: PartnerCall): Promise<Transport>
  accounts(): Account[]
}
