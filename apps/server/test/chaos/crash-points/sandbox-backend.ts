import { createPartnerSandbox } from '@registration/partner-sandbox'
import { getResponse } from 'msw'
import type { PartnerBackend } from '../model/partner-backend.ts'
import type { Scenario } from '../model/scenario.ts'
import type { VirtualTime } from '../model/virtual-time.ts'
import { emailOf } from '../model/visitors.ts'

/** The partner sandbox, called without a network. */
export async function openSandboxBackend(
  { uniqueByEmail, visitors }: Scenario,
  time: VirtualTime,
): Promise<PartnerBackend> {
  const { handlers, ledger, misbehave } = createPartnerSandbox()
  if (!uniqueByEmail) misbehave('*', 'second-account')

  async function register(email: string, headers: Record<string, string>) {
    const request = new Request('http://partner.test/register', {
      method: 'POST',
      body: JSON.stringify({ email }),
      headers,
    })
    const response = await getResponse(handlers, request)
    if (!response) throw new Error('The sandbox has no such route.')
    return { kind: 'answered', status: response.status, retryAfter: null, body: await response.text() } as const
  }

  for (const [visitor, kind] of visitors.entries()) {
    if (kind === 'has-account') await time.runTask(() => register(emailOf(visitor), {}))
    if (kind === 'refused') misbehave(emailOf(visitor), 'rejected')
    if (kind === 'multiple-accounts') misbehave(emailOf(visitor), 'multiple-accounts')
  }

  return {
    handle: ({ email, registrationId }) => time.runTask(() => register(email, { 'idempotency-key': registrationId })),
    accounts: () =>
      ledger.accounts.map(({ email, callId }) => ({
        email,
        registrationId: ledger.calls[callId - 1]?.headers['idempotency-key'],
      })),
  }
}
