import { configure } from '@registration/sdk'
import { expect, it } from 'vitest'
import { answers, fails, registered, scriptedServer } from '../test/support/scripted-server.ts'
import { registerAndGetDepositLink, saveUserX } from './old-functions.ts'

it.each([
  ['(email, trafficParams)', ['two@example.com', { tag: 'spring' }], { trafficParams: { tag: 'spring' } }],
  [
    '(email, name, trafficParams)',
    ['three@example.com', 'Ann', { pb: 'x' }],
    { name: 'Ann', trafficParams: { pb: 'x' } },
  ],
  ['(email)', ['one@example.com'], { trafficParams: {} }],
  ['(email, null)', ['null@example.com', null], { trafficParams: {} }],
  [
    '(email, undefined, trafficParams)',
    ['noname@example.com', undefined, { tag: 't' }],
    { trafficParams: { tag: 't' } },
  ],
] as const)('takes %s', async (_, given, sent) => {
  await using server = await scriptedServer(answers(registered))
  configure({ endpoint: server.endpoint, visitorId: 'v-page' })
  await registerAndGetDepositLink(...(given as Parameters<typeof registerAndGetDepositLink>))
  expect(server.requests[0]?.input).toMatchObject({ email: given[0], visitorId: 'v-page', ...sent })
})

it("answers with the partner's fields, and reads as the link", async () => {
  await using server = await scriptedServer(answers(registered))
  configure({ endpoint: server.endpoint })
  const user = await registerAndGetDepositLink('fields@example.com', {})
  expect(`${user}`).toBe(registered.depositUrl)
  expect({ ...user }).toEqual({ ...registered.userData, depositUrl: registered.depositUrl })
})

it("throws the partner's words, on which old pages branch", async () => {
  await using server = await scriptedServer(fails('ALREADY_REGISTERED', { error: 'E-mail already exists' }))
  configure({ endpoint: server.endpoint })
  await expect(registerAndGetDepositLink('old@example.com', {})).rejects.toThrow('already exists')
})

it('keeps saveUserX callable without asking the server again', async () => {
  await using server = await scriptedServer(answers(registered))
  configure({ endpoint: server.endpoint })
  await saveUserX(await registerAndGetDepositLink('once@example.com', {}))
  expect(server.requests).toHaveLength(1)
})
