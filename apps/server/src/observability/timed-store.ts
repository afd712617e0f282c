import type { RegistrationStore } from '../registration/registration-store.ts'
import { aroundEach } from './around-each.ts'
import type { Efforts } from './create-efforts.ts'
import type { Tracing } from './tracing.ts'

/** All that asks the database on somebody's account. */
const METHODS = [
  'begin',
  'claim',
  'settle',
  'conclude',
  'findByKey',
  'findLatestByEmail',
  'get',
  'showsEarlierAccount',
] as const satisfies (keyof RegistrationStore)[]

/** The store, whose time counts to the effort that it is asked for, with a span of its own where there are traces. */
export function timedStore(
  store: RegistrationStore,
  efforts: Efforts,
  tracing: Tracing | undefined,
): RegistrationStore {
  return aroundEach(store, METHODS, async (method, call) => {
    const effort = efforts.current()
    if (!effort) return call()
    const begun = performance.now()
    try {
      return await (tracing ? tracing.store(method, call) : call())
    } finally {
      effort.storeMs += performance.now() - begun
    }
  })
}
