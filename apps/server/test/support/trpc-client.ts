import type { RegistrationResponse } from '@registration/shared'
import type { RegistrationRouter } from '@registration/shared/router'
import { createTRPCClient, httpLink, TRPCClientError } from '@trpc/client'
import type { HeadersOf, TestResponse, TransportClient } from './transport-client.ts'

const JSON_BODY = { 'content-type': 'application/json' }

type Router = ReturnType<typeof createTRPCClient<RegistrationRouter>>

/** A client of the tRPC routes of the server at `url`, which uses tRPC's own client. */
export function createTrpcClient(url: string): TransportClient {
  const call = async (
    headers: HeadersOf,
    run: (router: Router) => Promise<RegistrationResponse>,
  ): Promise<TestResponse> => {
    let response = new Response()
    const link = httpLink({
      url: `${url}/trpc`,
      headers,
      fetch: async (...request) => {
        response = await fetch(...(request as Parameters<typeof fetch>))
        return response
      },
    })
    const answer = await run(createTRPCClient<RegistrationRouter>({ links: [link] })).catch(failureOf)
    return { status: response.status, headers: response.headers, answer }
  }

  return {
    orchestrateRegistration: (request, headers = {}) =>
      call(headers, (router) => router.orchestrateRegistration.mutate(request)),
    registrationStatus: (request, headers = {}) => call(headers, (router) => router.registrationStatus.mutate(request)),
    async send(body, headers = JSON_BODY) {
      const response = await fetch(`${url}/trpc/orchestrateRegistration`, { method: 'POST', body, headers })
      const { error, result } = (await response.json()) as Envelope
      const answer = error?.data.registration ?? result?.data
      if (!answer) throw new Error('The body is not a tRPC envelope.')
      return { status: response.status, headers: response.headers, answer }
    },
  }
}

interface Envelope {
  result?: { data: TestResponse['answer'] }
  error?: { data: { registration: TestResponse['answer'] } }
}

function failureOf(error: unknown): TestResponse['answer'] {
  if (error instanceof TRPCClientError && error.data) return error.data.registration
  throw error
}
