import type { PartnerAccount } from '../registration/partner.ts'

/** More than any field needs; what is longer is no link and no password. */
const LONGEST = 2_048

const TEXTS = ['domain', 'autologin', 'deposit', 'main', 'custom_login_link'] as const
const TEXTS_OR_NUMBERS = ['login', 'password'] as const

/** The fields of the partner's answer that are ours to keep, each as it came; what has another type counts as missing. */
export function partnerAnswer(body: Record<string, unknown>): PartnerAccount {
  const answer: PartnerAccount = {}
  if (typeof body['success'] === 'boolean') answer.success = body['success']
  for (const field of TEXTS) {
    const value = text(body[field])
    if (value !== undefined) answer[field] = value
  }
  for (const field of TEXTS_OR_NUMBERS) {
    const value = typeof body[field] === 'number' ? body[field] : text(body[field])
    if (value !== undefined) answer[field] = value
  }
  return answer
}

/** The partner's sentence, fit to store and to show. */
export function partnerSentence(message: unknown): string | null {
  if (typeof message !== 'string') return null
  return (
    storable(message)
      .replace(/\p{Cc}+/gu, ' ')
      .trim()
      .slice(0, 1_000)
      .toWellFormed() || null
  )
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value.length <= LONGEST ? storable(value) : undefined
}

/** PostgreSQL stores neither NUL nor lone surrogates. */
function storable(value: string): string {
  return value.toWellFormed().replaceAll('\0', '\ufffd')
}
