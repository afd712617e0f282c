import { describe, expect, it } from 'vitest'
import type { HistoryEvent } from '../../registration/registration-store.ts'
import { timeline } from './timeline.ts'

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString()
const read = (attempts: number, history: HistoryEvent[]) =>
  timeline({ createdAt: at(0), begunBy: 'reg-0:7', attempts, history })

describe('timeline', () => {
  it('has the entries of a registration that succeeded at once, newest first', () => {
    const end = {
      did: 'end',
      at: at(1),
      attempt: 1,
      outcome: 'accepted',
      durationMs: 900,
      status: 'succeeded',
    } as const
    expect(read(1, [end])).toEqual([
      { at: at(1), kind: 'status', status: 'succeeded', replica: null },
      {
        at: at(0),
        kind: 'call',
        attempt: 1,
        why: 'registration',
        outcome: 'accepted',
        durationMs: 900,
        lookedUp: false,
        replica: 'reg-0:7',
      },
      { at: at(0), kind: 'begun' },
    ])
  })

  it('a call without a recorded end has no outcome and no duration', () => {
    const [newest] = read(2, [{ did: 'claim', at: at(9), attempt: 2, probe: true, replica: 'reg-1:7', by: 'recovery' }])
    expect(newest).toMatchObject({ at: at(9), attempt: 2, outcome: null, durationMs: null, replica: 'reg-1:7' })
  })

  it('has an entry for each change of the status, after the entry of its cause', () => {
    const end = (second: number, attempt: number) =>
      ({ did: 'end', at: at(second), attempt, outcome: 'unknown', durationMs: 1, status: 'uncertain' }) as const
    const history: HistoryEvent[] = [
      end(1, 1),
      { did: 'claim', at: at(2), attempt: 2, probe: true },
      end(3, 2),
      { did: 'conclude', at: at(4), status: 'stuck' },
      { did: 'act', at: at(5), action: 'resolve', by: 'ann', reason: 'seen', status: 'released' },
    ]
    expect(read(2, history).map((entry) => (entry.kind === 'status' ? entry.status : entry.kind))).toEqual([
      'released',
      'action',
      'stuck',
      'call',
      'uncertain',
      'call',
      'begun',
    ])
  })

  it('calls have their reason, and whether they were lookups', () => {
    const claim = (attempt: number, probe: boolean, by?: 'request' | 'recovery') =>
      ({ did: 'claim', at: at(attempt), attempt, probe, by }) as const
    const end = (attempt: number, outcome: 'not-processed' | 'unknown', status: 'pending' | 'uncertain') =>
      ({ did: 'end', at: at(attempt), attempt, outcome, durationMs: 1, status }) as const
    const retry = { did: 'act', at: at(5), action: 'retry', by: 'ann', reason: 'seen', status: 'uncertain' } as const
    const history: HistoryEvent[] = [
      end(1, 'not-processed', 'pending'),
      claim(2, false, 'request'),
      end(2, 'unknown', 'uncertain'),
      claim(3, true, 'request'),
      claim(4, true, 'recovery'),
      { ...end(4, 'unknown', 'uncertain'), lookedUp: true },
      retry,
      claim(6, true, 'recovery'),
      claim(7, true, 'recovery'),
      { did: 'conclude', at: at(8), status: 'released', replica: 'reg-2:7' },
      claim(9, false, 'request'),
    ]
    const entries = read(9, history).toReversed()
    expect(entries.flatMap((entry) => (entry.kind === 'call' ? [[entry.why, entry.lookedUp]] : []))).toEqual([
      ['registration', false],
      ['repeat', false],
      ['probe', false],
      ['recovery', true],
      ['operator', false],
      ['recovery', false],
      ['registration', false],
    ])
    expect(entries).toContainEqual({ at: at(8), kind: 'status', status: 'released', replica: 'reg-2:7' })
  })

  it('entries of the previous version have no replica', () => {
    const history: HistoryEvent[] = [{ did: 'claim', at: at(1), attempt: 2, probe: true }]
    const calls = timeline({ createdAt: at(0), begunBy: null, attempts: 2, history }).slice(0, 2)
    expect(calls).toMatchObject([
      { why: 'probe', replica: null },
      { why: 'registration', replica: null },
    ])
  })
})
