import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { RunningBrowser } from '@registration/local-browser'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { onTestFinished } from 'vitest'

export const PHONE: BrowserContextOptions = { viewport: { width: 360, height: 640 }, isMobile: true, hasTouch: true }

/** The page of a visitor who has never been here. */
export async function openVisitorPage(
  { browser }: RunningBrowser,
  url: string,
  options: BrowserContextOptions = {},
  /** Runs in the page before its own scripts. */
  before?: () => void,
): Promise<Page> {
  const context = await browser.newContext({ locale: 'en-US', ...options })
  onTestFinished(() => context.close())
  const page = await context.newPage()
  if (before) await page.addInitScript(before)
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

const LOOKS = [
  ['in the light', 'light', { width: 1280, height: 720 }],
  ['in the dark', 'dark', { width: 1280, height: 720 }],
  ['on a phone', 'light', { width: 360, height: 640 }],
  ['on a phone in the dark', 'dark', { width: 360, height: 640 }],
] as const

/**
 * What axe objects to, and whether the page scrolls sideways: in the light and in the dark, on a desktop and on a phone. Reaching
 * a state takes much longer than looking at it, so it is looked at in every way at once. The page must not move meanwhile.
 * `LOOK_AT=folder` keeps pictures by the state's name.
 */
export async function problemsOfAllLooks(page: Page, state: string): Promise<string[]> {
  const problems: string[] = []
  for (const [look, colorScheme, size] of LOOKS) {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize(size)
    const folder = process.env['LOOK_AT']
    if (folder) await page.screenshot({ path: join(folder, `${state}, ${look}.png`), fullPage: true })
    for (const violation of await violations(page)) problems.push(`${look}: ${violation}`)
    const fits = await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)
    if (!fits) problems.push(`${look}: it scrolls sideways`)
  }
  return problems
}

/** What axe objects to. */
async function violations(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.addScriptTag({ path: AXE })
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: typeof import('axe-core') }
    return (await axe.run({ resultTypes: ['violations'] })).violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`,
    )
  })
}
