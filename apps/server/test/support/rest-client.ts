import type { HeadersOf, TestResponse, TransportClient } from './transport-client.ts'

const JSON_BODY = { 'content-type': 'application/json' }

/** A client of the REST routes of the server at `url`. */
export function createRestClient(url: string): TransportClient {
  const post = async (route: string, body: string, headers: HeadersOf): Promise<TestResponse> => {
    const response = await fetch(`${url}/api/users/${route}`, { method: 'POST', body, headers })
    return {
      status: response.status,
      headers: response.headers,
      answer: (await response.json()) as TestResponse['answer'],
    }
  }
  const postJson = (route: string, body: object, headers: HeadersOf) =>
    post(route, JSON.stringify(body), { ...JSON_BODY, ...headers })

  return {
    orchestrateRegistration: (request, headers = {}) => postJson('orchestrate-registration', request, headers),
    registrationStatus: (request, headers = {}) => postJson('registration-status', request, headers),
    send: (body, headers = JSON_BODY) => post('orchestrate-registration', body, headers),
  }
}
