import { type RunningBrowser, startBrowser } from '@registration/local-browser'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Gate, openGate } from '../support/open-gate.ts'
import { type System, startSystem } from '../support/start-system.ts'

let system: System
let chromium: RunningBrowser

beforeAll(async () => {
  ;[system, chromium] = await Promise.all([startSystem(), startBrowser()])
})

afterAll(async () => {
  await chromium?.[Symbol.asyncDispose]()
  await system?.[Symbol.asyncDispose]()
})

/** One visitor with a browser profile of their own, on a line of their own. */
interface Visitor {
  email: string
  context: BrowserContext
  page: Page
  gate: Gate
  url: string
}

/** Keeps the partner from answering a call for this e-mail until the returned function is called. */
function holdPartner(email: string, misbehaviour: 'slow' | 'slow-answer'): () => void {
  const { promise, resolve } = Promise.withResolvers<void>()
  system.partner.misbehave(email, misbehaviour, { until: promise })
  return resolve
}

/** How far the registration has come when it is interrupted; and what happens to what was on its way. */
const MOMENTS: Record<string, (visitor: Visitor) => Promise<() => void>> = {
  async 'the request is still on its way'({ gate, page }) {
    const held = gate.hold('requests')
    await page.click('button')
    await held
    return gate.release
  },
  async 'the request is lost on its way'({ gate, page }) {
    const held = gate.hold('requests')
    await page.click('button')
    await held
    return gate.lose
  },
  async 'the partner is being asked'({ email, page }) {
    const answer = holdPartner(email, 'slow')
    await page.click('button')
    await system.partner.ledger.until((ledger) => ledger.callsOf(email).length > 0)
    return answer
  },
  async 'the partner has opened the account'({ email, page }) {
    const answer = holdPartner(email, 'slow-answer')
    await page.click('button')
    await system.partner.ledger.until((ledger) => ledger.accountsOf(email).length > 0)
    return answer
  },
  async 'the answer is lost on its way'({ gate, page }) {
    const held = gate.hold('answers')
    await page.click('button')
    await held
    return gate.lose
  },
}

/** What the visitor does, or has to bear, at that moment. Returns the page in which they are at the end. */
const INTERRUPTIONS: Record<string, (visitor: Visitor, then: () => void) => Promise<Page>> = {
  async reloads({ page }, then) {
    await page.reload()
    then()
    return page
  },
  async 'closes the tab and comes back'({ page, context, url }, then) {
    await page.close()
    then()
    const again = await context.newPage()
    await again.goto(url)
    return again
  },
  async 'has a tab that crashes'({ page, context, url }, then) {
    await Promise.all([page.waitForEvent('crash'), page.goto('chrome://crash').catch(() => {})])
    then()
    const again = await context.newPage()
    await again.goto(url)
    return again
  },
  async 'goes elsewhere and back'({ page }, then) {
    await page.goto(`${system.pageUrl}/elsewhere`)
    then()
    await page.goBack()
    return page
  },
  async 'registers in a second tab'({ context, url }, then) {
    const second = await context.newPage()
    await second.goto(url)
    await second.click('button')
    then()
    return second
  },
  async 'clicks again'({ page }, then) {
    await page.click('button')
    then()
    return page
  },
  async 'loses the network for a while'({ page, context }, then) {
    await context.setOffline(true)
    then()
    await context.setOffline(false)
    return page
  },
}

/** The link that the page shows in the end: by itself, or to a visitor who finds the form and fills it in again. */
async function linkIn(page: Page): Promise<string> {
  const link = page.locator('output', { hasText: /^https:/ }).first()
  const form = page.locator('#resumed:text-is("nothing") ~ #registered:empty ~ button')
  await link.or(form).waitFor()
  if ((await form.count()) > 0) await form.click()
  await link.waitFor()
  return (await link.textContent()) ?? ''
}

describe.concurrent.each(Object.keys(MOMENTS))('while %s', (moment) => {
  it.each(Object.keys(INTERRUPTIONS))('the visitor %s, and gets the one account there is', async (interruption) => {
    const email = `${moment}.${interruption}@example.com`.replaceAll(' ', '-').replace('comes-back', 'back')
    await using gate = await openGate(system.serverPort)
    const context = await chromium.browser.newContext()
    const url = `${system.pageUrl}/?${new URLSearchParams({ email, endpoint: gate.url })}`
    const page = await context.newPage()
    await page.goto(url)

    const visitor = { email, context, page, gate, url }
    const then = await MOMENTS[moment]?.(visitor)
    const last = await INTERRUPTIONS[interruption]?.(visitor, then ?? (() => {}))
    const link = await linkIn(last as Page)

    const { rows } = await system.database.query('select status, deposit_url from registrations where email = $1', [
      email,
    ])
    expect(rows).toEqual([{ status: 'succeeded', deposit_url: link }])
    expect(system.partner.ledger.accountsOf(email)).toHaveLength(1)
    expect(system.partner.ledger.callsOf(email)).toHaveLength(1)
    await context.close()
  })
})

it('registers over the connection that warm() has opened', async () => {
  await using gate = await openGate(system.serverPort)
  const page = await chromium.browser.newPage()
  const complaints: string[] = []
  page.on('console', (message) => complaints.push(message.text()))
  await page.goto(`${system.pageUrl}/?${new URLSearchParams({ email: 'warm@example.com', endpoint: gate.url })}`)
  await page.evaluate('Registration.warm()')
  const opened = gate.connections()
  await page.click('button')
  await linkIn(page)
  expect(gate.requests).toEqual(['HEAD /trpc/registrationStatus', 'POST /trpc/orchestrateRegistration'])
  expect(gate.connections()).toBe(opened)
  expect(complaints).toEqual([])
  await page.close()
})
