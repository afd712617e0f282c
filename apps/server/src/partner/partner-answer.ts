import type { PartnerAccount } from '../registration/partner.ts'
import type { JsonObject } from './json-object.ts'
import { storableText } from './storable-text.ts'

/** What is longer is no password. */
const LONGEST = 2_048
/** Proxies and browsers take addresses of up to 8 KiB. */
const LONGEST_LINK = 8_192

const LINKS = ['domain', 'autologin', 'deposit', 'main', 'custom_login_link'] as const
const TEXTS_OR_NUMBERS = ['login', 'password'] as const

/**
 * The fields of the partner's answer that are ours to keep, each as it came, but for blanks around what becomes a link; what
 * has another type counts as missing.
 */
export function partnerAnswer(body: JsonObject): PartnerAccount {
  const answer: PartnerAccount = {}
  if (typeof body['success'] === 'boolean') answer.success = body['success']
  for (const field of LINKS) {
    const value = text(body[field], LONGEST_LINK)?.trim()
    if (value !== undefined) answer[field] = value
  }
  for (const field of TEXTS_OR_NUMBERS) {
    const value = typeof body[field] === 'number' ? body[field] : text(body[field], LONGEST)
    if (value !== undefined) answer[field] = value
  }
  return answer
}

function text(value: unknown, longest: number): string | undefined {
  return typeof value === 'string' && value.length <= longest ? storableText(value) : undefined
}
