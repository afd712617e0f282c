import { createHmac } from 'node:crypto'

/** A message as Standard Webhooks has it: https://www.standardwebhooks.com */
export interface SignedMessage {
  'webhook-id': string
  'webhook-timestamp': string
  'webhook-signature': string
}

/**
 * Signs a message with each secret, so that a receiver who knows one of them accepts it: that is how one replaces another.
 *
 * @param secrets `whsec_` and base64
 * @param at seconds since 1970: receivers refuse what was signed long ago
 */
export function signEvent(secrets: readonly string[], id: string, at: number, body: string): SignedMessage {
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
    return `v1,${createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64')}`
  })
  return { 'webhook-id': id, 'webhook-timestamp': `${at}`, 'webhook-signature': signatures.join(' ') }
}
