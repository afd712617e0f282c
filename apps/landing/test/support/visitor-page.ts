import { createRequire } from 'node:module'
import type { RunningBrowser } from '@registration/local-browser'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { onTestFinished } from 'vitest'

export const PHONE: BrowserContextOptions = { viewport: { width: 360, height: 640 }, isMobile: true, hasTouch: true }

/** The page of a visitor who has never been here. */
export async function openVisitorPage(
  { browser }: RunningBrowser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const context = await browser.newContext({ locale: 'en-US', ...options })
  onTestFinished(() => context.close())
  const page = await context.newPage()
  await page.goto(url)
  await page.locator('form').waitFor()
  return page
}

export const heading = (page: Page, text: string) => page.getByRole('heading', { level: 2, name: text }).waitFor()

export async function fillIn(page: Page, email: string): Promise<void> {
  await page.getByLabel('Your name').fill('Ann Example')
  await page.getByLabel('E-mail').fill(email)
  await page.getByRole('button', { name: 'Send me the code' }).click()
  await page.getByLabel('Six-digit code').fill(`${await page.locator('.shown-code').textContent()}`)
}

export async function register(page: Page, email: string): Promise<void> {
  await fillIn(page, email)
  await page.getByRole('button', { name: 'Confirm and open my account' }).click()
}

const AXE = createRequire(import.meta.url).resolve('axe-core')

/** What axe objects to. */
export async function violations(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: AXE })
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: typeof import('axe-core') }
    return (await axe.run({ resultTypes: ['violations'] })).violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`,
    )
  })
}
