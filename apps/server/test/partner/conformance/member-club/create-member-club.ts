import { createHttpClient, type HttpRequest } from '../../../../src/partner/create-http-client.ts'
import type { HttpPartner, PartnerOptions } from '../../../../src/partner/create-partner.ts'
import type { PartnerCall } from '../../../../src/registration/partner.ts'
import { readLookUp } from './read-look-up.ts'
import { readReply } from './read-reply.ts'

/**
 * An example of another partner: takes forms, answers in XML, has its own rejection codes, and offers a lookup. Shows that
 * registration/ needs no change for such a partner.
 */
export function createMemberClub({ isAllowedHost, ...options }: PartnerOptions): HttpPartner {
  const client = createHttpClient(options)
  return {
    register: async (call) => readReply(await client.send(registerRequest(call)), isAllowedHost),
    lookUp: async (call) => readLookUp(await client.send(lookUpRequest(call)), call.registrationId, isAllowedHost),
    close: client.close,
  }
}

function registerRequest({ registrationId, email, visitorId, trafficParams, maySend }: PartnerCall): HttpRequest {
  const form = new URLSearchParams({ mail: email, ref: registrationId, visitor: visitorId })
  if (trafficParams.tag) form.set('campaign', trafficParams.tag)
  return {
    method: 'POST',
    path: 'members',
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-request-key': registrationId },
    body: form.toString(),
    maySend,
  }
}

function lookUpRequest({ email, maySend }: PartnerCall): HttpRequest {
  return { method: 'GET', path: `members?${new URLSearchParams({ mail: email })}`, headers: {}, maySend }
}
