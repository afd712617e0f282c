import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { startBrowser } from '@registration/local-browser'
import { expect, it } from 'vitest'
import { OPERATOR, WITH_OPERATOR } from '../operator/operator-client.ts'
import { freePort } from '../support/free-port.ts'
import { rowsOf, startServer } from '../support/start-server.ts'

const LINK = 'https://partner.example/deposit?account=7'

it('an operator resolves a stuck registration in the console, and the visitor’s next request gets the link', async () => {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const env = { ...WITH_OPERATOR, PORT: `${port}`, PUBLIC_URL: url, PARTNER_UNIQUE_BY_EMAIL: 'false' }
  await using server = await startServer({ env })
  await using chromium = await startBrowser()
  const request = { email: 'lost@example.com', visitorId: 'visitor-1', idempotencyKey: 'the key of the lost one' }
  server.partner.misbehave(request.email, 'reset', { times: 1 })
  expect((await server.rest.orchestrateRegistration(request)).answer).toMatchObject({ code: 'PENDING' })
  // Ends the lost call's lease, so that the test need not wait for it.
  await server.database.query('update registrations set lease_until = null')

  const page = await chromium.browser.newPage({ locale: 'en-US', reducedMotion: 'reduce' })
  const errors: string[] = []
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  page.on('pageerror', (error) => errors.push(error.message))
  await page.goto(`${url}/console`)
  await page.getByLabel('Operator key').fill(OPERATOR.key)
  await page.keyboard.press('Enter')
  await page.getByRole('link', { name: 'View them' }).click()
  await page.getByRole('link', { name: request.email }).click()
  await page.getByRole('button', { name: 'Resolve' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('The account exists, and I have its link').check()
  await dialog.getByLabel('Deposit link').fill(LINK)
  await dialog.getByLabel('Reason').fill('Seen in the partner’s office, ticket 17')
  await dialog.getByRole('button', { name: 'Resolve' }).click()
  // Waits for the entry in the history. The reason alone is also the text of the form's field.
  await page.getByText(`Resolved by ${OPERATOR.name}`).waitFor()
  await saveScreenshot(page)
  expect(errors).toEqual([])

  expect(await rowsOf(server, request.email)).toMatchObject([{ status: 'succeeded', deposit_url: LINK }])
  const { answer } = await server.rest.orchestrateRegistration(request)
  expect(answer).toMatchObject({ success: true, depositUrl: LINK, replayed: true })
})

/** Saves a screenshot in the folder `LOOK_AT`, if it is set. */
async function saveScreenshot(page: { screenshot(options: { path: string; fullPage: boolean }): Promise<unknown> }) {
  const folder = process.env['LOOK_AT']
  if (!folder) return
  mkdirSync(folder, { recursive: true })
  await page.screenshot({ path: join(folder, 'resolved.png'), fullPage: true })
}
