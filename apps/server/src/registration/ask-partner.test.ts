import { describe, expect, it, vi } from 'vitest'
import { aRegistration } from '../../test/support/a-registration.ts'
import { createFakeClock } from '../../test/support/fake-clock.ts'
import { askPartner } from './ask-partner.ts'
import type { LookUpReply, Partner, PartnerReply } from './partner.ts'
import type { RegistrationPorts } from './ports.ts'
import type { Claim, RegistrationStore } from './registration-store.ts'

const POLICY = { partnerTimeoutMs: 1_000, uniqueByEmail: true, probeForMs: 60_000, requestDeadlineMs: 5_000 }
/** Beyond it a claim is too old for its call. */
const WINDOW_MS = 250
const VISITOR = { share: 'visitors', withinMs: 2_000 } as const
const ALREADY_REGISTERED: PartnerReply = { kind: 'rejected', code: 'ALREADY_REGISTERED', message: 'known' }

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
  const watch = { announce: vi.fn(), change: vi.fn() }
  const observer = { callEnded: vi.fn(), moved: vi.fn() }
  const pass = { ended: vi.fn() }
  const gate = {
    run: vi.fn(<T>(_: string, __: number, task: (given: typeof pass) => Promise<T>) => task(pass)),
    closedForMs: () => 0,
  }
  const pauses = { next: () => 100 }
  const databaseClock = { note: vi.fn(), jumpedSince: vi.fn(() => false) }
  const ports = { clock, databaseClock, partner, store, watch, observer, gate, pass, pauses, policy: POLICY }
  const ask = () =>
    askPartner(ports as unknown as RegistrationPorts, VISITOR, async () => {
      await clock.advance(claimTakesMs)
      return claim
    })
  return { ...ports, claim, settled, ask }
}

describe('askPartner', () => {
  it('tells the store, who waits for the registration, and who keeps watch', async () => {
    const { claim, settled, ask, store, watch, observer, partner, clock } = aWorld({ claimTakesMs: 10 })
    partner.register.mockImplementation(async () => {
      await clock.advance(70)
      return ALREADY_REGISTERED
    })
    expect(await ask()).toBe(settled)
    const ended = { outcome: 'rejected', durationMs: 70 }
    const refused = { to: 'rejected', code: 'ALREADY_REGISTERED', message: 'known' }
    expect(store.settle).toHaveBeenCalledWith({ ...claim, ended }, refused)
    expect(watch.announce).toHaveBeenCalledExactlyOnceWith(settled)
    expect(observer.callEnded).toHaveBeenCalledExactlyOnceWith({ ...claim, reply: ALREADY_REGISTERED, durationMs: 70 })
    expect(observer.moved).toHaveBeenCalledExactlyOnceWith(settled)
  })

  it.each([
    ['claimed since', { status: 'rejected', attempts: 3 }],
    ['had a link that turned up late', { status: 'succeeded', attempts: 2 }],
  ] as const)('tells no outcome of somebody who %s, and has told it, but wakes who waits', async (_, theirs) => {
    const { ask, store, watch, observer } = aWorld()
    const another = aRegistration({ ...theirs, asking: false })
    store.settle.mockResolvedValue(another)
    expect(await ask()).toBe(another)
    expect(watch.announce).toHaveBeenCalledExactlyOnceWith(another)
    expect(observer.moved).not.toHaveBeenCalled()
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
    const { ask, partner, store, observer } = aWorld({ claimTakesMs: WINDOW_MS + 1 })
    await ask()
    expect(partner.register).not.toHaveBeenCalled()
    expect(store.settle).toHaveBeenCalledWith(expect.anything(), { to: 'unasked', nextAttemptInMs: 100 })
    // The partner had no part in it.
    expect(observer.callEnded).toHaveBeenCalledWith(
      expect.objectContaining({ reply: expect.objectContaining({ kind: 'not-processed', reached: false }) }),
    )
  })

  it('asks nobody while the call before may still be under way, and leaves the lease of its claim running', async () => {
    const { ask, claim, clock, partner, store, databaseClock } = aWorld({ probing: true })
    Object.assign(claim, { tookOverAt: clock.now() })
    databaseClock.jumpedSince.mockReturnValue(true)
    await ask()
    expect(partner.register).not.toHaveBeenCalled()
    const later = { to: 'uncertain', nextAttemptInMs: 0, leaseIsOver: false }
    expect(store.settle).toHaveBeenCalledWith(expect.objectContaining({ attempt: claim.attempt }), later)
  })

  it('is let through the gate first, and asks nobody without a claim', async () => {
    const { gate, pass, partner, store, ...ports } = aWorld()
    const world = { gate, partner, store, ...ports } as unknown as RegistrationPorts
    expect(await askPartner(world, VISITOR, async () => undefined)).toBeUndefined()
    expect(gate.run).toHaveBeenCalledExactlyOnceWith('visitors', 2_000, expect.any(Function))
    expect(pass.ended).not.toHaveBeenCalled()
    expect(partner.register).not.toHaveBeenCalled()
    expect(store.settle).not.toHaveBeenCalled()
  })

  it('needs no database to understand a refusal that leaves no doubt', async () => {
    const { ask, store } = aWorld()
    await ask()
    expect(store.showsEarlierAccount).not.toHaveBeenCalled()
  })

  it('asks again soon where whose account it is can not be told without the database', async () => {
    const { ask, store } = aWorld({ probing: true })
    store.showsEarlierAccount.mockRejectedValue(new Error('away'))
    await ask()
    const soon = { to: 'uncertain', nextAttemptInMs: 100, leaseIsOver: true }
    expect(store.settle).toHaveBeenCalledWith(expect.anything(), soon)
  })

  describe('where the partner can be asked without being asked for an account', () => {
    function aLookingWorld(found: LookUpReply, { probing = true, uniqueByEmail = true, lookTakesMs = 0 } = {}) {
      const world = aWorld({ probing })
      world.policy = { ...POLICY, uniqueByEmail }
      const lookUp = vi.fn<NonNullable<Partner['lookUp']>>(async () => {
        await world.clock.advance(lookTakesMs)
        return found
      })
      Object.assign(world.partner, { lookUp })
      const ask = () => askPartner(world as unknown as RegistrationPorts, VISITOR, async () => world.claim)
      return { ...world, lookUp, ask }
    }
    const ours: LookUpReply = { kind: 'accepted', answer: {}, depositUrl: 'https://partner.example/' }

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
  const { ask, store, observer, settled } = aWorld()
  observer.callEnded.mockImplementation(() => {
    throw new Error('the metrics are full')
  })
  observer.moved.mockImplementation(() => {
    throw new Error('the log is full')
  })
  expect(await ask()).toBe(settled)
  expect(store.settle).toHaveBeenCalledOnce()
})
