import { afterAll, beforeAll, expect, it } from 'vitest'
import { countSaved } from '../../bench/count-saved.ts'
import { measureLinks } from '../../bench/measure-links.ts'
import { type Stage, startStage } from '../../bench/start-stage.ts'
import { visit } from '../../bench/visit.ts'

let stage: Stage

beforeAll(async () => {
  stage = await startStage()
})

afterAll(() => stage?.[Symbol.asyncDispose]())

// No times are asserted here: `npm run bench:browser` measures them.

it('asks once where the old page asked three times', async () => {
  const old = await visit(stage, 'old', { email: 'old@example.com', roundTripMs: 2 })
  expect(old.requests).toEqual(['GET /', 'OPTIONS /register', 'POST /register'])
  for (const kind of ['new', 'new, cold'] as const) {
    const { requests } = await visit(stage, kind, { email: `${kind.replace(', ', '.')}@example.com`, roundTripMs: 2 })
    expect(requests).toEqual(['POST /trpc/orchestrateRegistration'])
  }
})

it('saves every user whose page goes on at once', async () => {
  // How many the old page loses depends on the machine and the line: that is measured, not asserted.
  const { saved } = await countSaved(stage, { roundTripMs: 40, leavesOver: 10, visitors: 2 })
  expect(saved.new).toBe(2)
  expect(stage.system.partner.ledger.accounts.filter(({ email }) => email.startsWith('saved.'))).toHaveLength(4)
})

it('measures the time to a link that the page really has', async () => {
  const { linkMs } = await measureLinks(stage, { roundTripMs: 20, partnerMs: 100, rounds: 1 })
  // The lines alone take that long: handshakes, preflights and questions, then the partner.
  expect(linkMs.old).toBeGreaterThan(7 * 20 + 100)
  expect(linkMs['new, cold']).toBeGreaterThan(3 * 20 + 100)
  expect(linkMs.new).toBeGreaterThan(20 + 100)
})
