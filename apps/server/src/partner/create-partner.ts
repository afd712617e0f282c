import type { Partner, PartnerCall } from '../registration/partner.ts'
import { classifyReply } from './classify-reply.ts'
import { createWire, type WireOptions } from './create-wire.ts'
import type { HostAllowed } from './deposit-link.ts'

/** Where the partner is, how long it may take, and where its links may lead. */
export interface PartnerOptions extends WireOptions {
  isAllowedHost: HostAllowed
}

/** The partner over HTTP, with what it takes to close the connections. */
export interface HttpPartner extends Partner {
  close(): Promise<void>
}

export function createPartner({ isAllowedHost, ...options }: PartnerOptions): HttpPartner {
  const wire = createWire(options)
  return {
    async register(order) {
      const body = JSON.stringify(bodyOf(order))
      const transport = await wire.send({
        method: 'POST',
        path: 'register',
        headers: headersOf(order),
        body,
        maySend: order.maySend,
      })
      return classifyReply(transport, isAllowedHost)
    },
    close: wire.close,
  }
}

function headersOf({ registrationId, visitorId, clientIp }: PartnerCall): Record<string, string> {
  return {
    accept: 'application/json',
    'content-type': 'application/json',
    'idempotency-key': registrationId,
    'x-visitor-id': visitorId,
    ...(clientIp === null ? {} : { 'x-client-ip': clientIp }),
  }
}

/** Only the traffic parameters that are non-empty: JSON leaves out what is undefined. */
function bodyOf({ email, trafficParams }: PartnerCall) {
  const { tag, pb, click_id, custom_login_link } = trafficParams
  return {
    email,
    tag: tag || undefined,
    pb: pb || undefined,
    click_id: click_id || undefined,
    custom_login_link: custom_login_link || undefined,
  }
}
