import { afterAll, beforeAll, expect, it } from 'vitest'
import { type RunningPartnerSandbox, startPartnerSandbox } from '../src/index.ts'
import { register } from './support/register.ts'

let running: RunningPartnerSandbox
beforeAll(async () => {
  running = await startPartnerSandbox()
})
afterAll(() => running.close())

const misbehave = (body: object) =>
  fetch(`${running.url}/sandbox/misbehave`, { method: 'POST', body: JSON.stringify(body) })

it('misbehaves a number of times on request, and tells and forgets what happened', async () => {
  const ordered = await misbehave({ email: 'ann@example.com', misbehaviour: 'rejected', times: 1, message: 'Not you' })
  expect(ordered.status).toBe(204)
  const refused = await register(running.url, 'ann@example.com')
  expect(await refused.json()).toEqual({ message: 'Not you' })
  expect((await register(running.url, 'ann@example.com')).status).toBe(200)

  const ledger = () => fetch(`${running.url}/sandbox/ledger`).then((response) => response.json())
  expect(await ledger()).toEqual({
    accounts: JSON.parse(JSON.stringify(running.sandbox.ledger.accounts)),
    calls: [
      expect.objectContaining({ email: 'ann@example.com', misbehaviour: 'rejected', status: 400 }),
      expect.objectContaining({ email: 'ann@example.com', misbehaviour: null, status: 200 }),
    ],
  })
  expect((await fetch(`${running.url}/sandbox`, { method: 'DELETE' })).status).toBe(204)
  expect(await ledger()).toEqual({ accounts: [], calls: [] })
})

it('says which misbehaviours there are when it does not know one', async () => {
  const response = await misbehave({ email: '*', misbehaviour: 'sulking' })
  expect(response.status).toBe(400)
  expect(await response.json()).toEqual({ message: expect.stringContaining('already-registered, ') })
})

it('asks whose call shall misbehave', async () => {
  const response = await misbehave({ misbehaviour: 'reset' })
  expect(await response.json()).toEqual({ message: 'Name the e-mail that misbehaves, or "*" for all.' })
})
