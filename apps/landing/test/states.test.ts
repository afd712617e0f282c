import { type RunningBrowser, startBrowser } from '@registration/local-browser'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { EMAIL_QUOTA, holdPartner, type System, startSystem } from './support/start-system.ts'
import { heading, openVisitorPage, problemsOfAllLooks, register } from './support/visitor-page.ts'

let system: System
let chromium: RunningBrowser
beforeAll(async () => {
  ;[system, chromium] = await Promise.all([startSystem(), startBrowser()])
})
afterEach(() => system.partner.reset())
afterAll(async () => {
  await chromium?.[Symbol.asyncDispose]()
  await system?.[Symbol.asyncDispose]()
})

const trpc = () => `${system.serverUrl}/trpc/**`
const CORS = { 'access-control-allow-origin': '*' }
/** What the page can come to besides its steps, by how it comes there. */
const STATES: [name: string, reach: (page: Page, visitor: string) => Promise<void>][] = [
  [
    'waiting',
    async (page, visitor) => {
      holdPartner(system, `${visitor}@example.com`)
      await register(page, `${visitor}@example.com`)
      await page.getByText('You may leave this page').waitFor()
    },
  ],
  [
    'retrying',
    async (page, visitor) => {
      await page.route(trpc(), (route) => route.abort('internetdisconnected'))
      await register(page, `${visitor}@example.com`)
      await page.getByText('The connection is gone.').first().waitFor()
    },
  ],
  [
    'offline',
    async (page, visitor) => {
      await page.route(trpc(), (route) => route.abort('internetdisconnected'))
      await register(page, `${visitor}@example.com`)
      await page.getByText('The connection is gone.').first().waitFor()
      await page.context().setOffline(true)
      await page.getByText('You are offline. We carry on as soon as you are back.').waitFor()
    },
  ],
  [
    'resumed',
    async (page, visitor) => {
      holdPartner(system, `${visitor}@example.com`)
      await register(page, `${visitor}@example.com`)
      await system.partner.ledger.until((ledger) => ledger.callsOf(`${visitor}@example.com`).length > 0)
      await page.reload()
      await heading(page, 'Welcome back')
    },
  ],
  [
    'rate-limited',
    async (page, visitor) => {
      for (let attempt = 1; attempt <= EMAIL_QUOTA; attempt += 1) {
        await register(page, `${visitor}+rejected@example.com`)
        await page.getByRole('button', { name: 'Change my details' }).click()
      }
      await register(page, `${visitor}+rejected@example.com`)
      await heading(page, 'That was a little fast')
    },
  ],
  [
    'link-missing',
    async (page, visitor) => {
      await register(page, `${visitor}+no-link@example.com`)
      await heading(page, 'Your account is open, but we have no link to it for you')
    },
  ],
  [
    'already-registered',
    async (page, visitor) => {
      await register(page, `${visitor}+already-registered@example.com`)
      await heading(page, 'You already have an account')
    },
  ],
  [
    'multiple-accounts',
    async (page, visitor) => {
      await register(page, `${visitor}+multiple-accounts@example.com`)
      await heading(page, 'One account per person')
    },
  ],
  [
    'code-expired',
    async (page, visitor) => {
      await page.route('**/verification/confirm-code', (route) =>
        route.fulfill({ json: { verificationToken: 'expired.long.ago' }, headers: CORS }),
      )
      await register(page, `${visitor}@example.com`)
      await heading(page, 'Your code has expired')
    },
  ],
  [
    'out-of-order',
    async (page, visitor) => {
      await page.route(trpc(), (route) => route.fulfill({ status: 404, body: '<h1>404</h1>', headers: CORS }))
      await register(page, `${visitor}@example.com`)
      await heading(page, 'Something went wrong on our side')
    },
  ],
]

it.each(STATES)('%s passes axe in every look, and never scrolls sideways', async (name, reach) => {
  const page = await openVisitorPage(chromium, system.pageUrl, { reducedMotion: 'reduce' })
  await reach(page, name)
  expect(await problemsOfAllLooks(page, name)).toEqual([])
})
