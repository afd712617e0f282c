import { describe, expect, it, vi } from 'vitest'
import { aRegistration } from '../../test/support/a-registration.ts'
import { createFakeClock } from '../../test/support/fake-clock.ts'
import { askPartner, commitInSendWindow, type SendWindow } from './ask-partner.ts'
import { createDatabaseClock } from './database-clock.ts'
import type { LookUpResult, Partner, PartnerResult } from './partner.ts'
import type { RegistrationPorts } from './ports.ts'
import type { Claim, RegistrationStore } from './registration-store.ts'
import { DatabaseUnavailable } from './store-errors.ts'

const POLICY = { partnerTimeoutMs: 1_000, uniqueByEmail: true, probeForMs: 60_000, requestDeadlineMs: 5_000 }
/** The length of the send window after a claim. */
const WINDOW_MS = 250
const ALREADY_REGISTERED: PartnerResult = { kind: 'rejected', code: 'ALREADY_REGISTERED', message: 'known' }

function createContext({ probing = false, claimTakesMs = 0 } = {}) {
  const clock = createFakeClock()
  const registration = aRegistration()
  const claim: Claim = { id: registration.id, attempt: 2, probing, registration }
  const settled = aRegistration({ status: 'rejected', asking: false, attempts: claim.attempt })
  const partner = { register: vi.fn<Partner['register']>(async () => ALREADY_REGISTERED) }
  const store = {
    settle: vi.fn<RegistrationStore['settle']>(async () => settled),
    showsEarlierAccount: vi.fn<RegistrationStore['showsEarlierAccount']>(async () => false),
  }
  const changes = { notify: vi.fn(), waitFor: vi.fn() }
  const listener = { callEnded: vi.fn(), moved: vi.fn() }
  const slot = { ended: vi.fn(), [Symbol.dispose]: vi.fn() }
  const pauses = { next: () => 100 }
  const databaseClock = createDatabaseClock(WINDOW_MS)
  const ports = { clock, databaseClock, partner, store, changes, listener, pauses, policy: POLICY }
  async function ask(asked: Partial<typeof ports> = {}) {
    const { window } = await commitInSendWindow(ports, () => clock.advance(claimTakesMs))
    return askPartner({ ...ports, ...asked } as unknown as RegistrationPorts, slot, claim, window)
  }
  return { ...ports, slot, claim, settled, ask }
}

describe('askPartner', () => {
  it('saves the result and notifies waiting callers and the listener', async () => {
    const { claim, settled, ask, store, changes, listener, partner, clock } = createContext({ claimTakesMs: 10 })
    partner.register.mockImplementation(async () => {
      await clock.advance(70)
      return ALREADY_REGISTERED
    })
    expect(await ask()).toBe(settled)
    const ended = { outcome: 'rejected', durationMs: 70 }
    const settlement = { to: 'rejected', code: 'ALREADY_REGISTERED', message: 'known' }
    expect(store.settle).toHaveBeenCalledWith({ ...claim, ended }, settlement)
    expect(changes.notify).toHaveBeenCalledExactlyOnceWith(settled)
    expect(listener.callEnded).toHaveBeenCalledExactlyOnceWith({ ...claim, result: ALREADY_REGISTERED, durationMs: 70 })
    expect(listener.moved).toHaveBeenCalledExactlyOnceWith(settled)
  })

  it.each([
    ['another claim', { status: 'rejected', attempts: 3 }],
    ['a late link', { status: 'succeeded', attempts: 2 }],
  ] as const)('notifies waiting callers but not the listener if %s has changed the row since', async (_, newer) => {
    const { ask, store, changes, listener } = createContext()
    const another = aRegistration({ ...newer, asking: false })
    store.settle.mockResolvedValue(another)
    expect(await ask()).toBe(another)
    expect(changes.notify).toHaveBeenCalledExactlyOnceWith(another)
    expect(listener.moved).not.toHaveBeenCalled()
  })

  it('lets the call be sent in the rest of its send window', async () => {
    const { ask, partner, clock } = createContext({ claimTakesMs: WINDOW_MS - 50 })
    await ask()
    const call = partner.register.mock.lastCall?.[0]
    await clock.advance(50)
    expect(call?.maySend()).toBe(true)
    await clock.advance(1)
    expect(call?.maySend()).toBe(false)
  })

  it('does not call the partner if the commit of the claim took longer than the send window', async () => {
    const { ask, partner, store, listener } = createContext({ claimTakesMs: WINDOW_MS + 1 })
    await ask()
    expect(partner.register).not.toHaveBeenCalled()
    expect(store.settle).toHaveBeenCalledWith(expect.anything(), { to: 'retry', nextAttemptInMs: 100 })
    // `reached: false`, since the partner is not the cause.
    expect(listener.callEnded).toHaveBeenCalledWith(
      expect.objectContaining({ result: expect.objectContaining({ kind: 'not-processed', reached: false }) }),
    )
  })

  it('releases its slot when the call has ended, before the result is saved', async () => {
    const { ask, slot, partner, store } = createContext()
    await ask()
    const order = [partner.register, slot.ended, slot[Symbol.dispose], store.settle].map(
      (step) => step.mock.invocationCallOrder[0],
    )
    expect(order).toEqual(order.toSorted())
    expect(slot.ended).toHaveBeenCalledExactlyOnceWith(ALREADY_REGISTERED, expect.objectContaining({ probing: false }))
  })

  it('does not query the database about earlier accounts for the rejection of a first call', async () => {
    const { ask, store } = createContext()
    await ask()
    expect(store.showsEarlierAccount).not.toHaveBeenCalled()
  })

  it('probes again soon if the database is unavailable for the query about earlier accounts', async () => {
    const { ask, store } = createContext({ probing: true })
    store.showsEarlierAccount.mockRejectedValue(new Error('away'))
    await ask()
    const soon = { to: 'uncertain', nextAttemptInMs: 100, leaseIsOver: true }
    expect(store.settle).toHaveBeenCalledWith(expect.anything(), soon)
  })

  describe('with a lookup', () => {
    function createLookUpContext(
      found: LookUpResult,
      { probing = true, uniqueByEmail = true, lookUpTakesMs = 0 } = {},
    ) {
      const context = createContext({ probing })
      const lookUp = vi.fn<NonNullable<Partner['lookUp']>>(async () => {
        await context.clock.advance(lookUpTakesMs)
        return found
      })
      Object.assign(context.partner, { lookUp })
      const ask = () => context.ask({ policy: { ...POLICY, uniqueByEmail } })
      return { ...context, lookUp, ask }
    }
    const ownAccount: LookUpResult = { kind: 'accepted', answer: {}, depositUrl: 'https://partner.example/' }

    it('a probe looks the account up first, and does not register if it exists', async () => {
      const { ask, partner, store } = createLookUpContext(ownAccount)
      await ask()
      expect(partner.register).not.toHaveBeenCalled()
      const call = expect.objectContaining({ ended: expect.objectContaining({ lookedUp: true }) })
      expect(store.settle).toHaveBeenCalledWith(call, expect.objectContaining({ to: 'succeeded' }))
    })

    it('the first call does not look the account up', async () => {
      const { ask, partner, lookUp } = createLookUpContext(ownAccount, { probing: false })
      await ask()
      expect(lookUp).not.toHaveBeenCalled()
      expect(partner.register).toHaveBeenCalledOnce()
    })

    it('a missing account is registered in the same send window if the partner is unique by e-mail', async () => {
      const { ask, partner, store, clock } = createLookUpContext({ kind: 'absent' }, { lookUpTakesMs: 150 })
      await ask()
      expect(store.settle.mock.lastCall?.[0].ended).not.toHaveProperty('lookedUp')
      expect(partner.register).toHaveBeenCalledOnce()
      await clock.advance(WINDOW_MS - 150)
      expect(partner.register.mock.lastCall?.[0].maySend()).toBe(true)
      await clock.advance(1)
      expect(partner.register.mock.lastCall?.[0].maySend()).toBe(false)
    })

    it('a missing account is registered later if the lookup took longer than the send window', async () => {
      const { ask, partner, store } = createLookUpContext({ kind: 'absent' }, { lookUpTakesMs: WINDOW_MS + 1 })
      await ask()
      expect(partner.register).not.toHaveBeenCalled()
      const later = { to: 'uncertain', nextAttemptInMs: 100, leaseIsOver: true }
      expect(store.settle).toHaveBeenCalledWith(expect.anything(), later)
    })

    it('a missing account is looked up again later if a second call could create a second account', async () => {
      const { ask, partner, store } = createLookUpContext({ kind: 'absent' }, { uniqueByEmail: false })
      await ask()
      expect(partner.register).not.toHaveBeenCalled()
      const later = { to: 'uncertain', nextAttemptInMs: 100, leaseIsOver: true }
      expect(store.settle).toHaveBeenCalledWith(expect.anything(), later)
    })

    it('an account that may belong to another registration is treated like a probe rejected as already registered', async () => {
      const { ask, store } = createLookUpContext({ kind: 'present' })
      await ask()
      expect(store.settle).toHaveBeenCalledWith(expect.anything(), { to: 'succeeded_without_link', answer: null })
      store.showsEarlierAccount.mockResolvedValue(true)
      await ask()
      const earlier = { to: 'rejected', code: 'ALREADY_REGISTERED', message: null }
      expect(store.settle).toHaveBeenLastCalledWith(expect.anything(), earlier)
    })
  })
})

it('askPartner saves the result although a listener throws', async () => {
  const { ask, store, listener, settled } = createContext()
  listener.callEnded.mockImplementation(() => {
    throw new Error('the metrics are full')
  })
  listener.moved.mockImplementation(() => {
    throw new Error('the log is full')
  })
  expect(await ask()).toBe(settled)
  expect(store.settle).toHaveBeenCalledOnce()
})

describe('a call by a claim that took over an ended lease', () => {
  const DAY_MS = 86_400_000
  const LEASE_MS = 2_250

  /** Calls the partner with a claim that was committed at this time of the database's clock. Returns whether it was called. */
  async function askAt(databaseMs: number, context: ReturnType<typeof createContext>) {
    context.partner.register.mockClear()
    Object.assign(context.claim, { tookOverAt: databaseMs })
    await context.ask()
    return context.partner.register.mock.calls.length === 1
  }

  it('is made if the database’s clock has moved like the process’s clock', async () => {
    const context = createContext({ probing: true })
    context.databaseClock.note({ databaseMs: DAY_MS, askedAt: 0, answeredAt: 1 })
    await context.clock.advance(10_000)
    expect(await askAt(DAY_MS + 10_000, context)).toBe(true)
  })

  it('is not made after the database’s clock jumped ahead, and the claim keeps its lease', async () => {
    const context = createContext({ probing: true })
    context.databaseClock.note({ databaseMs: DAY_MS, askedAt: 0, answeredAt: 1 })
    await context.clock.advance(1_000)
    expect(await askAt(DAY_MS + 41_000, context)).toBe(false)
    expect(context.slot.ended).not.toHaveBeenCalled()
    const later = { to: 'uncertain', nextAttemptInMs: 0, leaseIsOver: false }
    expect(context.store.settle).toHaveBeenCalledWith(
      expect.objectContaining({ attempt: context.claim.attempt }),
      later,
    )
  })

  it('is made again once a whole lease has passed since the jump', async () => {
    const context = createContext({ probing: true })
    const noteNow = (databaseMs: number) =>
      context.databaseClock.note({ databaseMs, askedAt: context.clock.now(), answeredAt: context.clock.now() })
    noteNow(DAY_MS)
    noteNow(DAY_MS + 40_000)
    expect(await askAt(DAY_MS + 40_000, context)).toBe(false)
    await context.clock.advance(LEASE_MS + 1)
    expect(await askAt(DAY_MS + 40_000 + context.clock.now(), context)).toBe(true)
  })
})

describe('commitInSendWindow', () => {
  const REFUSED = new DatabaseUnavailable('refused')
  const ANSWER_LOST = new DatabaseUnavailable('cut', { mayHaveCommitted: true })

  /** Commits, with these results of the tries, one after the other. */
  async function commit(...answers: (string | Error)[]) {
    const clock = createFakeClock()
    let tries = 0
    const committing = commitInSendWindow({ clock, policy: POLICY }, async () => {
      const answer = answers[tries++]
      if (answer instanceof Error) throw answer
      return answer
    }).then(
      ({ result, window }) => ({ result, window, tries }),
      (error: unknown) => ({ error, tries }),
    )
    await clock.advance(10 * WINDOW_MS)
    return committing
  }

  it('repeats a commit whose confirmation was lost, and resolves with what was committed', async () => {
    expect(await commit(ANSWER_LOST, 'claim')).toMatchObject({ result: 'claim', tries: 2 })
  })

  it('continues while the database restarts after a lost confirmation', async () => {
    expect(await commit(ANSWER_LOST, REFUSED, 'claim')).toMatchObject({ result: 'claim', tries: 3 })
  })

  it('tries once if nothing can have been committed', async () => {
    expect(await commit(REFUSED)).toMatchObject({ error: REFUSED, tries: 1 })
  })

  it('gives up at the end of the send window', async () => {
    // Tries at 0, 100 and 200 ms of the window's 250 ms.
    expect(await commit(...Array.from({ length: 100 }, () => ANSWER_LOST))).toMatchObject({
      error: ANSWER_LOST,
      tries: 3,
    })
  })

  it('starts the send window at the first try', async () => {
    const { window } = (await commit(ANSWER_LOST, ANSWER_LOST, 'claim')) as { window: SendWindow }
    // The fake clock has advanced past the window.
    expect(window.isOpen()).toBe(false)
  })

  it('closes the send window after the machine was suspended, which only the wall clock shows', async () => {
    let wall = 1_000_000
    const clock = { ...createFakeClock(), wall: () => wall }
    const { window } = await commitInSendWindow({ clock, policy: POLICY }, async () => 'claim')
    expect(window.isOpen()).toBe(true)
    wall += WINDOW_MS + 1
    expect(window.isOpen()).toBe(false)
  })
})
