import { describe, expect, it } from 'vitest'
import { createLedger } from './ledger.ts'

const arrived = (email: string, startedAt = 1) => ({ email, headers: {}, body: null, misbehaviour: null, startedAt })

describe('createLedger', () => {
  it('resolves a wait by the call, the end or the account that fulfils it', async () => {
    const ledger = createLedger()
    const told: string[] = []
    const waits = [
      ledger.until(({ calls }) => calls.length === 1).then(() => told.push('called')),
      ledger.until(({ accounts }) => accounts.length === 1).then(() => told.push('opened')),
      ledger.until(({ calls }) => calls[0]?.endedAt != null).then(() => told.push('ended')),
    ]
    const call = ledger.begin(arrived('ann@example.com'))
    ledger.openAccount('ann@example.com', call.id)
    ledger.end(call)
    await Promise.all(waits)
    expect(told).toEqual(['called', 'opened', 'ended'])
  })

  it('gives up a wait with the reason of its signal', async () => {
    const ledger = createLedger()
    const giveUp = new AbortController()
    const wait = ledger.until(() => false, { signal: giveUp.signal })
    giveUp.abort(new Error('the test is over'))
    await expect(wait).rejects.toThrow('the test is over')
    await expect(ledger.until(() => false, { signal: giveUp.signal })).rejects.toThrow('the test is over')
  })

  it('counts calls that are still under way as overlapping, and those of other e-mails not', () => {
    const ledger = createLedger()
    ledger.begin(arrived('ann@example.com'))
    ledger.begin(arrived('bob@example.com'))
    expect(ledger.overlappingCalls()).toEqual([])
    ledger.begin(arrived('ANN@example.com', 2))
    expect(ledger.overlappingCalls().map((pair) => pair.map(({ id }) => id))).toEqual([[1, 3]])
  })
})
