import { type LooseTrafficParams, orchestrateRegistration, type UserData } from '@registration/sdk'

/**
 * What the partner answered, field for field, with the link. Where a string is wanted it reads as the link, so that
 * `location.href = await registerAndGetDepositLink(…)` works too.
 */
export interface RegisteredUser extends UserData {
  depositUrl: string
  /** The link. */
  toString(): string
}

type Name = string | null | undefined
type Params = LooseTrafficParams | null | undefined

/**
 * The old function over the one call: registers the visitor and saves the user, whatever the page does next.
 *
 * @throws RegistrationError whose `message` is the partner's sentence, as the old pages expect it
 */
export function registerAndGetDepositLink(email: string, trafficParams?: Params): Promise<RegisteredUser>
export function registerAndGetDepositLink(email: string, name: Name, trafficParams: Params): Promise<RegisteredUser>
export async function registerAndGetDepositLink(email: string, ...given: [(Name | Params)?, Params?]) {
  const named = given.length > 1 || typeof given[0] === 'string'
  const [name, trafficParams] = (named ? given : [undefined, given[0]]) as [Name, Params]
  const { depositUrl, userData } = await orchestrateRegistration(email, name, trafficParams)
  return Object.defineProperty({ ...userData, depositUrl }, 'toString', { value: () => depositUrl })
}

/**
 * Does nothing any more, and is kept so that old pages need not change: `registerAndGetDepositLink` has saved the user
 * before it answered.
 */
export async function saveUserX(_regData?: unknown): Promise<{ success: true }> {
  return { success: true }
}
