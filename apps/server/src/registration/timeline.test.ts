import { describe, expect, it } from 'vitest'
import type { HistoryEvent } from './history-event.ts'
import { timeline } from './timeline.ts'

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString()
const read = (attempts: number, history: HistoryEvent[]) => timeline({ createdAt: at(0), attempts, history })

describe('timeline', () => {
  it('tells of a registration that succeeded at once, newest first', () => {
    const end = {
      did: 'end',
      at: at(1),
      attempt: 1,
      outcome: 'accepted',
      durationMs: 900,
      status: 'succeeded',
    } as const
    expect(read(1, [end])).toEqual([
      { at: at(1), kind: 'status', status: 'succeeded' },
      { at: at(0), kind: 'call', attempt: 1, outcome: 'accepted', durationMs: 900, probe: false },
      { at: at(0), kind: 'begun' },
    ])
  })

  it('leaves the end of a call open where nobody told it', () => {
    const [newest] = read(2, [{ did: 'claim', at: at(9), attempt: 2, probe: true }])
    expect(newest).toEqual({ at: at(9), kind: 'call', attempt: 2, outcome: null, durationMs: null, probe: true })
  })

  it('names a status only when it changes, and who changed it before what it became', () => {
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
})
