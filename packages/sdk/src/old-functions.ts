import type { UserData } from '@registration/shared'
import { orchestrateRegistration } from './orchestrate-registration.ts'
import type { Loose, TrafficParamsInput } from './traffic-params.ts'
import { looksLikeParams } from './traffic-params.ts'

/**
 * What the partner answered, field for field, with the link. Where a string is wanted it reads as the link, so that
 * `location.href = await registerAndGetDepositLink(…)` works too.
 */
export interface RegisteredUser extends UserData {
  depositUrl: string
  /** The link. */
  toString(): string
}

/**
 * The old function over the one call: registers the visitor and saves the user, whatever the page does next. The name and the
 * parameters may stand in either order, and are told apart by what they are.
 *
 * @throws RegistrationError whose `message` is the partner's sentence, as the old pages expect it
 */
export function registerAndGetDepositLink(
  email: string,
  trafficParams?: TrafficParamsInput,
  name?: Loose,
): Promise<RegisteredUser>
export function registerAndGetDepositLink(
  email: string,
  name: Loose,
  trafficParams: TrafficParamsInput,
): Promise<RegisteredUser>
export async function registerAndGetDepositLink(
  email: string,
  one?: unknown,
  other?: unknown,
): Promise<RegisteredUser> {
  const [name, trafficParams] = looksLikeParams(one) && !looksLikeParams(other) ? [other, one] : [one, other]
  const { depositUrl, userData } = await orchestrateRegistration(
    email,
    name as Loose,
    trafficParams as TrafficParamsInput,
  )
  return Object.defineProperty({ ...userData, depositUrl }, 'toString', { value: () => depositUrl })
}

/**
 * Does nothing any more, and is kept so that old pages need not change: `registerAndGetDepositLink` has saved the user
 * before it answered.
 */
export async function saveUserX(_regData?: unknown): Promise<{ success: true }> {
  return { success: true }
}
