import { createHmac } from 'node:crypto'

/** Headers as specified by Standard Webhooks: https://www.standardwebhooks.com */
export interface SignedMessage {
  'webhook-id': string
  'webhook-timestamp': string
  'webhook-signature': string
}

/**
 * Signs a message with each secret. An endpoint that knows one of them accepts it, so secrets can be rotated.
 *
 * @param secrets in the form `whsec_` and base64
 * @param at seconds since 1970; endpoints reject old signatures
 */
export function signEvent(secrets: readonly string[], id: string, at: number, body: string): SignedMessage {
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
    return `v1,${createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64')}`
  })
  return { 'webhook-id': id, 'webhook-timestamp': `${at}`, 'webhook-signature': signatures.join(' ') }
}
