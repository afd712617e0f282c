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
/** Beyond it a claim is too old for its call. */
const WINDOW_MS = 250
const ALREADY_REGISTERED: PartnerResult = { kind: 'rejected', code: 'ALREADY_REGISTERED', message: 'known' }

function aWorld({ probing = false, claimTakesMs = 0 } = {}) {
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
  it('tells the store, who waits for the registration, and who keeps watch', async () => {
    const { claim, settled, ask, store, changes, listener, partner, clock } = aWorld({ claimTakesMs: 10 })
    partner.register.mockImplementation(async () => {
      await clock.advance(70)
      return ALREADY_REGISTERED
    })
    expect(await ask()).toBe(settled)
    const ended = { outcome: 'rejected', durationMs: 70 }
    const refused = { to: 'rejected', code: 'ALREADY_REGISTERED', message: 'known' }
    expect(store.settle).toHaveBeenCalledWith({ ...claim, ended }, refused)
    expect(changes.notify).toHaveBeenCalledExactlyOnceWith(settled)
    expect(listener.callEnded).toHaveBeenCalledExactlyOnceWith({ ...claim, result: ALREADY_REGISTERED, durationMs: 70 })
    expect(listener.moved).toHaveBeenCalledExactlyOnceWith(settled)
  })

  it.each([
    ['claimed since', { status: 'rejected', attempts: 3 }],
    ['had a link that turned up late', { status: 'succeeded', attempts: 2 }],
  ] as const)('tells no outcome of somebody who %s, and has told it, but wakes who waits', async (_, theirs) => {
    const { ask, store, changes, listener } = aWorld()
    const another = aRegistration({ ...theirs, asking: false })
    store.settle.mockResolvedValue(another)
    expect(await ask()).toBe(another)
    expect(changes.notify).toHaveBeenCalledExactlyOnceWith(another)
    expect(listener.moved).not.toHaveBeenCalled()
  })

  it('lets the call be sent within what is left of its window', async () => {
    const { ask, partner, clock } = aWorld({ claimTakesMs: WINDOW_MS - 50 })
    await ask()
    const order = partner.register.mock.lastCall?.[0]
    await clock.advance(50)
    expect(order?.maySend()).toBe(true)
    await clock.advance(1)
    expect(order?.maySend()).toBe(false)
  })

  it('leaves the partner alone where committing the claim took longer than the window', async () => {
    const { ask, partner, store, listener } = aWorld({ claimTakesMs: WINDOW_MS + 1 })
    await ask()
    expect(partner.register).not.toHaveBeenCalled()
    expect(store.settle).toHaveBeenCalledWith(expect.anything(), { to: 'unasked', nextAttemptInMs: 100 })
    // The partner had no part in it.
    expect(listener.callEnded).toHaveBeenCalledWith(
      expect.objectContaining({ result: expect.objectContaining({ kind: 'not-processed', reached: false }) }),
    )
  })

  it('gives its slot back when the call has ended, before the result is saved', async () => {
    const { ask, slot, partner, store } = aWorld()
    await ask()
    const order = [partner.register, slot.ended, slot[Symbol.dispose], store.settle].map(
      (step) => step.mock.invocationCallOrder[0],
    )
    expect(order).toEqual(order.toSorted())
    expect(slot.ended).toHaveBeenCalledExactlyOnceWith(ALREADY_REGISTERED, expect.objectContaining({ probing: false }))
  })

  it('asks the database nothing about the rejection of a first call', async () => {
    const { ask, store } = aWorld()
    await ask()
    expect(store.showsEarlierAccount).not.toHaveBeenCalled()
  })

  it('asks again soon when the database is unavailable and it isn’t known whose account it is', async () => {
    const { ask, store } = aWorld({ probing: true })
    store.showsEarlierAccount.mockRejectedValue(new Error('away'))
    await ask()
    const soon = { to: 'uncertain', nextAttemptInMs: 100, leaseIsOver: true }
    expect(store.settle).toHaveBeenCalledWith(expect.anything(), soon)
  })

  describe('where the partner can be asked without being asked for an account', () => {
    function aLookingWorld(found: LookUpResult, { probing = true, uniqueByEmail = true, lookTakesMs = 0 } = {}) {
      const world = aWorld({ probing })
      const lookUp = vi.fn<NonNullable<Partner['lookUp']>>(async () => {
        await world.clock.advance(lookTakesMs)
        return found
      })
      Object.assign(world.partner, { lookUp })
      const ask = () => world.ask({ policy: { ...POLICY, uniqueByEmail } })
      return { ...world, lookUp, ask }
    }
    const ours: LookUpResult = { kind: 'accepted', answer: {}, depositUrl: 'https://partner.example/' }

    it('begins a probe by looking, and asks for no account where there is one', async () => {
      const { ask, partner, store } = aLookingWorld(ours)
      await ask()
      expect(partner.register).not.toHaveBeenCalled()
      const call = expect.objectContaining({ ended: expect.objectContaining({ lookedUp: true }) })
      expect(store.settle).toHaveBeenCalledWith(call, expect.objectContaining({ to: 'succeeded' }))
    })

    it('does not look before the first call, which nothing can have come before', async () => {
      const { ask, partner, lookUp } = aLookingWorld(ours, { probing: false })
      await ask()
      expect(lookUp).not.toHaveBeenCalled()
      expect(partner.register).toHaveBeenCalledOnce()
    })

    it('asks for a missing account within the same window, where that can make no second one', async () => {
      const { ask, partner, store, clock } = aLookingWorld({ kind: 'absent' }, { lookTakesMs: 150 })
      await ask()
      expect(store.settle.mock.lastCall?.[0].ended).not.toHaveProperty('lookedUp')
      expect(partner.register).toHaveBeenCalledOnce()
      await clock.advance(WINDOW_MS - 150)
      expect(partner.register.mock.lastCall?.[0].maySend()).toBe(true)
      await clock.advance(1)
      expect(partner.register.mock.lastCall?.[0].maySend()).toBe(false)
    })

    it('asks for it another time where looking took longer than the window', async () => {
      const { ask, partner, store } = aLookingWorld({ kind: 'absent' }, { lookTakesMs: WINDOW_MS + 1 })
      await ask()
      expect(partner.register).not.toHaveBeenCalled()
      const later = { to: 'uncertain', nextAttemptInMs: 100, leaseIsOver: true }
      expect(store.settle).toHaveBeenCalledWith(expect.anything(), later)
    })

    it('looks again later, and asks no person yet, where a second call could make a second account', async () => {
      const { ask, partner, store } = aLookingWorld({ kind: 'absent' }, { uniqueByEmail: false })
      await ask()
      expect(partner.register).not.toHaveBeenCalled()
      const later = { to: 'uncertain', nextAttemptInMs: 100, leaseIsOver: true }
      expect(store.settle).toHaveBeenCalledWith(expect.anything(), later)
    })

    it('takes an account that may be another’s as a refused probe, and asks its own rows whose it is', async () => {
      const { ask, store } = aLookingWorld({ kind: 'present' })
      await ask()
      expect(store.settle).toHaveBeenCalledWith(expect.anything(), { to: 'succeeded_without_link', answer: null })
      store.showsEarlierAccount.mockResolvedValue(true)
      await ask()
      const earlier = { to: 'rejected', code: 'ALREADY_REGISTERED', message: null }
      expect(store.settle).toHaveBeenLastCalledWith(expect.anything(), earlier)
    })
  })
})

it('saves the answer although a listener throws', async () => {
  const { ask, store, listener, settled } = aWorld()
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

  /** Asks by a claim that was committed at this time of the database's clock. */
  async function askAt(databaseMs: number, world: ReturnType<typeof aWorld>) {
    world.partner.register.mockClear()
    Object.assign(world.claim, { tookOverAt: databaseMs })
    await world.ask()
    return world.partner.register.mock.calls.length === 1
  }

  it('is made when the database’s clock moved as the process’s own did', async () => {
    const world = aWorld({ probing: true })
    world.databaseClock.note({ databaseMs: DAY_MS, askedAt: 0, answeredAt: 1 })
    await world.clock.advance(10_000)
    expect(await askAt(DAY_MS + 10_000, world)).toBe(true)
  })

  it('is not made after the database’s clock jumped ahead, and leaves the claim’s own lease running', async () => {
    const world = aWorld({ probing: true })
    world.databaseClock.note({ databaseMs: DAY_MS, askedAt: 0, answeredAt: 1 })
    await world.clock.advance(1_000)
    expect(await askAt(DAY_MS + 41_000, world)).toBe(false)
    expect(world.slot.ended).not.toHaveBeenCalled()
    const later = { to: 'uncertain', nextAttemptInMs: 0, leaseIsOver: false }
    expect(world.store.settle).toHaveBeenCalledWith(expect.objectContaining({ attempt: world.claim.attempt }), later)
  })

  it('is made again once a whole lease has passed since the jump', async () => {
    const world = aWorld({ probing: true })
    const noteNow = (databaseMs: number) =>
      world.databaseClock.note({ databaseMs, askedAt: world.clock.now(), answeredAt: world.clock.now() })
    noteNow(DAY_MS)
    noteNow(DAY_MS + 40_000)
    expect(await askAt(DAY_MS + 40_000, world)).toBe(false)
    await world.clock.advance(LEASE_MS + 1)
    expect(await askAt(DAY_MS + 40_000 + world.clock.now(), world)).toBe(true)
  })
})

describe('commitInSendWindow', () => {
  const REFUSED = new DatabaseUnavailable('refused')
  const ANSWER_LOST = new DatabaseUnavailable('cut', { mayHaveCommitted: true })

  /** Commits what ends like this, one try after the other. */
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

  it('commits again when the answer was lost, and resolves with what had been committed', async () => {
    expect(await commit(ANSWER_LOST, 'claim')).toMatchObject({ result: 'claim', tries: 2 })
  })

  it('goes on while the database restarts, once an answer was lost', async () => {
    expect(await commit(ANSWER_LOST, REFUSED, 'claim')).toMatchObject({ result: 'claim', tries: 3 })
  })

  it('tries once when nothing can have been committed', async () => {
    expect(await commit(REFUSED)).toMatchObject({ error: REFUSED, tries: 1 })
  })

  it('gives up when no call could be sent any more', async () => {
    // At 0, 100 and 200 ms of the window's 250.
    expect(await commit(...Array.from({ length: 100 }, () => ANSWER_LOST))).toMatchObject({
      error: ANSWER_LOST,
      tries: 3,
    })
  })

  it('counts the window from the first try', async () => {
    const { window } = (await commit(ANSWER_LOST, ANSWER_LOST, 'claim')) as { window: SendWindow }
    // The clock went on since.
    expect(window.isOpen()).toBe(false)
  })

  it('closes the window after the machine was suspended, which only the wall clock shows', async () => {
    let wall = 1_000_000
    const clock = { ...createFakeClock(), wall: () => wall }
    const { window } = await commitInSendWindow({ clock, policy: POLICY }, async () => 'claim')
    expect(window.isOpen()).toBe(true)
    wall += WINDOW_MS + 1
    expect(window.isOpen()).toBe(false)
  })
})
