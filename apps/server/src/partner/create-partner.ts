import type { Partner, PartnerCall } from '../registration/partner.ts'
import { classifyResult, isAccountWithLink } from './classify-result.ts'
import { createHttpClient, type HttpClientOptions } from './create-http-client.ts'
import type { HostAllowed } from './deposit-link.ts'
import { createCodeOfSentence } from './rejection.ts'

/** Where the partner is, how long it may take, how it speaks, and where its links may lead. */
export interface PartnerOptions extends HttpClientOptions {
  isAllowedHost: HostAllowed
  /** Which traffic parameters the partner gets. */
  trafficParams?: readonly string[]
  /** Further phrases by which it says that an e-mail has an account. */
  alreadyWords?: readonly string[]
}

const TRAFFIC_PARAMS = ['tag', 'pb', 'click_id', 'custom_login_link']

/** The partner over HTTP, with what it takes to close the connections. */
export interface HttpPartner extends Partner {
  close(): Promise<void>
}

export function createPartner({
  isAllowedHost,
  trafficParams = TRAFFIC_PARAMS,
  alreadyWords,
  ...options
}: PartnerOptions): HttpPartner {
  const client = createHttpClient(options)
  const reading = { isAllowed: isAllowedHost, codeOfSentence: createCodeOfSentence(alreadyWords) }
  return {
    async register(call) {
      const body = JSON.stringify(bodyOf(call, trafficParams))
      const transport = await client.send({
        method: 'POST',
        path: 'register',
        headers: headersOf(call),
        body,
        maySend: call.maySend,
        isEnough: (received) => isAccountWithLink(received, isAllowedHost),
      })
      return classifyResult(transport, reading)
    },
    close: client.close,
  }
}

function headersOf({ registrationId, visitorId, clientIp }: PartnerCall): Record<string, string> {
  return {
    accept: 'application/json',
    'content-type': 'application/json',
    'idempotency-key': registrationId,
    'x-visitor-id': headerValue(visitorId),
    ...(clientIp === null ? {} : { 'x-client-ip': clientIp }),
  }
}

/** In visible ASCII: a header of other bytes isn't sent at all. */
function headerValue(text: string): string {
  return text.toWellFormed().replace(/[^\x21-\x7e]/gu, encodeURIComponent)
}

/** Only the traffic parameters that the partner gets, where they are non-empty. */
function bodyOf({ email, trafficParams }: PartnerCall, names: readonly string[]): Record<string, string> {
  const given: Readonly<Record<string, string | undefined>> = { ...trafficParams }
  const named = names.flatMap((name) => {
    const value = Object.hasOwn(given, name) ? given[name] : undefined
    return value ? [[name, value] as const] : []
  })
  // Last, so that no parameter can take its place.
  return { ...Object.fromEntries(named), email }
}
