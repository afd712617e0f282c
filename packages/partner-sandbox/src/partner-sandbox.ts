import { randomBytes } from 'node:crypto'
import type { HttpHandler } from 'msw'
import { controlHandlers } from './control-handlers.ts'
import { createLedger, type Ledger } from './ledger.ts'
import { createMisbehaviourPlan, type MisbehaviourOptions } from './misbehaviour-plan.ts'
import type { MisbehaviourName } from './misbehaviours.ts'
import { registerHandler } from './register-handler.ts'
import { verificationHandlers } from './verification-handlers.ts'

export interface PartnerSandboxOptions {
  /** The host of the deposit links; `partner.example` by default. */
  domain?: string | undefined
  /** The HS256 secret of the code verification's stand-in; made up by default. */
  verificationSecret?: string | undefined
  /** What a misbehaviour's `share` is drawn from; the same seed, the same draw. */
  seed?: string | undefined
}

/** A partner to test against: the old partner's wire format over a ledger of the accounts it really opened. */
export interface PartnerSandbox {
  ledger: Ledger
  /** For `setupServer(...)` or `getResponse(...)`: its routes on any origin. */
  handlers: HttpHandler[]
  /** The same on one origin, such as `http://partner.test`. All of them share the ledger. */
  handlersAt(baseUrl: string): HttpHandler[]
  /**
   * Lets calls for an e-mail (`'*'`: any) misbehave from now on. Several for one e-mail follow each other: the first
   * that has times left is due. The e-mail's own go before its tags, those before `'*'`.
   */
  misbehave(email: string, misbehaviour: MisbehaviourName, options?: MisbehaviourOptions): void
  /** Forgets accounts, calls, codes and misbehaviours. */
  reset(): void
  verificationSecret: string
}

export function createPartnerSandbox(options: PartnerSandboxOptions = {}): PartnerSandbox {
  const {
    domain = 'partner.example',
    verificationSecret = randomBytes(32).toString('base64url'),
    seed = 'sandbox',
  } = options
  const ledger = createLedger()
  const plan = createMisbehaviourPlan(seed)
  const codes = new Map<string, string>()
  const reset = () => {
    ledger.clear()
    plan.clear()
    codes.clear()
  }
  const handlersAt = (baseUrl: string) => {
    const base = baseUrl.replace(/\/$/, '')
    return [
      registerHandler(base, { ledger, plan, domain }),
      ...verificationHandlers(base, verificationSecret, codes),
      ...controlHandlers(base, { ledger, plan, reset }),
    ]
  }
  return { ledger, handlers: handlersAt('*'), handlersAt, misbehave: plan.add, reset, verificationSecret }
}
