import { expect, it, vi } from 'vitest'
import { aRegistration } from '../../test/support/a-registration.ts'
import { createFakeClock } from '../../test/support/fake-clock.ts'
import { advanceRegistration } from './advance-registration.ts'
import { createDatabaseClock } from './database-clock.ts'
import type { PartnerResult } from './partner.ts'
import type { RegistrationPorts } from './ports.ts'

it('a repeated call keeps its slot until it has ended', async () => {
  const uncertain = aRegistration({ status: 'uncertain', asking: false, attempts: 1, nextAttemptInMs: 0 })
  const settled = aRegistration({ status: 'rejected', asking: false, attempts: 2 })
  const { promise: answer, resolve } = Promise.withResolvers<PartnerResult>()
  const partner = { register: vi.fn(() => answer) }
  const slot = { ended: vi.fn(), [Symbol.dispose]: vi.fn() }
  const ports = {
    clock: createFakeClock(),
    databaseClock: createDatabaseClock(250),
    gate: { acquire: async () => slot },
    partner,
    store: {
      claim: async () => ({ id: uncertain.id, attempt: 2, probing: true, registration: uncertain }),
      settle: async () => settled,
      showsEarlierAccount: async () => false,
    },
    changes: { notify: () => undefined },
    listener: { callEnded: () => undefined, moved: () => undefined },
    pauses: { next: () => 100 },
    policy: { partnerTimeoutMs: 1_000, uniqueByEmail: true, probeForMs: 60_000, requestDeadlineMs: 5_000 },
  } as unknown as RegistrationPorts

  const advanced = advanceRegistration(ports, uncertain, { share: 'recovery', msLeft: () => 0 })
  await vi.waitFor(() => expect(partner.register).toHaveBeenCalled())
  expect(slot[Symbol.dispose]).not.toHaveBeenCalled()

  resolve({ kind: 'rejected', code: 'MULTIPLE_ACCOUNTS', message: 'No' })
  expect(await advanced).toBe(settled)
  expect(slot.ended).toHaveBeenCalledOnce()
  expect(slot[Symbol.dispose]).toHaveBeenCalled()
})
