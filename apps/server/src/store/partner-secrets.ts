import type { PartnerAnswer } from '../registration/partner.ts'
import type { SecretBox } from './secret-box.ts'

/** The partner's answer as it is stored: what logs somebody in is kept apart, and encrypted. */
export interface StoredAnswer {
  partner_answer: PartnerAnswer
  partner_secrets: string | null
}

/** What a row's secrets are bound to: they open nowhere else. */
export const secretsPlace = (id: string) => `registrations.partner_secrets/${id}`

export function sealAnswer(box: SecretBox, id: string, answer: PartnerAnswer): StoredAnswer {
  const { password, autologin, ...partner_answer } = answer
  const secrets = {
    ...(password === undefined ? {} : { password }),
    ...(autologin === undefined ? {} : { autologin }),
  }
  const hasSecrets = Object.keys(secrets).length > 0
  return { partner_answer, partner_secrets: hasSecrets ? box.seal(JSON.stringify(secrets), secretsPlace(id)) : null }
}

export function openAnswer(box: SecretBox, id: string, stored: StoredAnswer): PartnerAnswer {
  if (stored.partner_secrets === null) return stored.partner_answer
  return { ...stored.partner_answer, ...JSON.parse(box.open(stored.partner_secrets, secretsPlace(id))) }
}
