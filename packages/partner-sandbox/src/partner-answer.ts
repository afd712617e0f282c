import { createHash } from 'node:crypto'
import type { PartnerAccount } from './ledger.ts'

/** The JSON of a successful registration, on the wire. */
export interface PartnerAnswer {
  success: true
  /** The host that the paths below are on. */
  domain: string
  login: string | number
  password: string
  autologin: string
  deposit: string
  main: string
  /** Empty unless the request asked for one. */
  custom_login_link: string
}

/** The answer for an account: the same account gives the same answer. */
export function partnerAnswer(account: PartnerAccount, domain: string, customLoginLink: string): PartnerAnswer {
  const token = createHash('sha256').update(`${account.login}:${account.password}`).digest('hex').slice(0, 32)
  return {
    success: true,
    domain,
    login: account.login,
    password: account.password,
    autologin: `https://${domain}/autologin?token=${token}`,
    deposit: `/deposit?token=${token}`,
    main: `/?token=${token}`,
    custom_login_link: customLoginLink && `${customLoginLink}?token=${token}`,
  }
}
