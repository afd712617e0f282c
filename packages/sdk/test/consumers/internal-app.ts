import type { RegistrationRouter } from '@registration/sdk/router'
import { createTRPCClient, httpLink, TRPCClientError } from '@trpc/client'

const client = createTRPCClient<RegistrationRouter>({ links: [httpLink({ url: 'https://reg.example.com/trpc' })] })

export async function register(email: string): Promise<string | null> {
  try {
    const answer = await client.orchestrateRegistration.mutate({ email, visitorId: 'v-1' })
    // @ts-expect-error: an e-mail is a must
    await client.orchestrateRegistration.mutate({ visitorId: 'v-1' })
    if (!answer.success) return String(answer.retryAfterMs)
    const status = await client.registrationStatus.mutate({ idempotencyKey: 'k' })
    return status.success ? status.depositUrl : answer.depositUrl
  } catch (error) {
    if (error instanceof TRPCClientError)
      return (error as TRPCClientError<RegistrationRouter>).data?.registration.code ?? null
    throw error
  }
}
