import { createHttpClient, type HttpRequest } from '../../../../src/partner/create-http-client.ts'
import type { HttpPartner, PartnerOptions } from '../../../../src/partner/create-partner.ts'
import type { PartnerCall } from '../../../../src/registration/partner.ts'
import { readLookUp } from './read-look-up.ts'
import { readReply } from './read-reply.ts'

/**
 * Another partner than today's: forms go in and XML comes out, its refusals have codes of their own, and it can be
 * asked whether somebody is a member. An example, and the proof that registration/ needs no change for it.
 */
export function createMemberClub({ isAllowedHost, ...options }: PartnerOptions): HttpPartner {
  const client = createHttpClient(options)
  return {
    register: async (order) => readReply(await client.send(registerRequest(order)), isAllowedHost),
    lookUp: async (order) => readLookUp(await client.send(lookUpRequest(order)), order.registrationId, isAllowedHost),
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
