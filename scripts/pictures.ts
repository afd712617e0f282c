// `npm run pictures`: takes the README's pictures of the example page and the console, in English and in Russian, from the running
// demonstration. Run it after either of them has changed, look at docs/images, and commit what is better.
import './end-with-parent.ts'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startBrowser } from '@registration/local-browser'
import { orchestrateRegistration, RegistrationError } from '@registration/sdk'
import type { Browser, Page } from 'playwright-core'
import { runStep } from './run-step.ts'
import { freePort } from './start/free-port.ts'

const FOLDER = join(import.meta.dirname, '../docs/images')
const LANGUAGES = ['en', 'ru'] as const
type Language = (typeof LANGUAGES)[number]

/** Wide enough for both pages' desktop layout; twice as sharp as they are shown. */
const LOOK = { viewport: { width: 1120, height: 700 }, deviceScaleFactor: 1.5 }
const WEBP_QUALITY = 0.85
/** A page whose markup has changed is an error soon. */
const LIMIT_MS = 30_000

/** Tags in the address tell the partner sandbox how to answer; the rest succeed. */
const VISITORS = [
  ...['ann', 'bob', 'carla', 'dan', 'eve', 'frank', 'grace', 'henry', 'iris', 'jack', 'kate', 'liam', 'mia', 'noah'],
  ...['olga+rejected', 'paul+multiple-accounts', 'quinn+already-registered', 'rita+no-link', 'sam+hang'],
]
const TAGS = ['spring', 'spring', 'newsletter', 'search']

await using parts = new AsyncDisposableStack()
const interrupt = new AbortController()
const { signal } = interrupt
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupt.abort())

const build = await runStep(['node', 'scripts/build.cjs', '--output-logs=errors-only'], { minutes: 10, signal })
if (build.code !== 0) throw new Error(`The build failed.\n${build.output}`)
const { startSystem } = await import('./start/start-system.ts')

// All visitors come from this machine's address.
process.env['RATE_LIMIT_IP'] = 'off'
const dataDir = mkdtempSync(join(tmpdir(), 'registration-pictures-'))
parts.defer(() => rmSync(dataDir, { recursive: true, force: true }))
const system = await startSystem(parts, { port: await freePort(0, 'npm run pictures'), dataDir, signal })
const { browser } = parts.use(await startBrowser())

mkdirSync(FOLDER, { recursive: true })
await registerVisitors()
for (const language of LANGUAGES) {
  await save(`page.${language}`, await landingPage(browser, language))
  await save(`console.${language}`, await consolePage(browser, language))
}
process.exitCode = 0

async function registerVisitors(): Promise<void> {
  for (const [index, name] of VISITORS.entries()) {
    const params = { tag: TAGS[index % TAGS.length] ?? '', click_id: `c-${1000 + index}` }
    const options = { endpoint: system.serverUrl, deadlineMs: 3_000 }
    await orchestrateRegistration(`${name}@example.com`, name, params, `visitor-${index}`, options).catch((error) => {
      // The pictures also show rejections, and a call that the partner never answers.
      if (!(error instanceof RegistrationError)) throw error
    })
  }
}

/** The example page with the visitor's link. */
async function landingPage(browser: Browser, language: Language): Promise<Page> {
  const page = await openPage(browser, language, `${system.landingUrl}?tag=spring&lang=${language}`)
  await page.locator('[name=name]').fill(language === 'ru' ? 'Анна' : 'Ann')
  await page.locator('[name=email]').fill(`visitor-${language}@example.com`)
  await page.locator('form').evaluate((form: HTMLFormElement) => form.requestSubmit())
  await page.locator('[name=code]').fill((await page.locator('.shown-code').textContent()) ?? '')
  await page.locator('form').evaluate((form: HTMLFormElement) => form.requestSubmit())
  await page.locator('.link').waitFor()
  return page
}

/** The console's list of registrations. */
async function consolePage(browser: Browser, language: Language): Promise<Page> {
  const page = await openPage(browser, language, system.consoleUrl)
  await page.locator('input[type=password]').fill(system.operatorKey)
  await page.keyboard.press('Enter')
  await page.locator('.recharts-surface').first().waitFor()
  await page.locator('nav a').nth(1).click()
  await page.locator('tbody tr').first().waitFor()
  return page
}

async function openPage(browser: Browser, language: Language, url: string): Promise<Page> {
  const locale = language === 'ru' ? 'ru-RU' : 'en-US'
  const context = await browser.newContext({ ...LOOK, locale, reducedMotion: 'reduce', colorScheme: 'light' })
  context.setDefaultTimeout(LIMIT_MS)
  const page = await context.newPage()
  await page.goto(url)
  return page
}

/** Writes what the page shows as WebP, a third of the PNG's size. The browser does the encoding. */
async function save(name: string, page: Page): Promise<void> {
  await page.evaluate(() => document.fonts.ready)
  const png = (await page.screenshot({ animations: 'disabled', caret: 'hide' })).toString('base64')
  const encoder = await page.context().newPage()
  const webp = await encoder.evaluate(
    async ([png, quality]) => {
      const image = new Image()
      image.src = `data:image/png;base64,${png}`
      await image.decode()
      const canvas = document.createElement('canvas')
      canvas.width = image.width
      canvas.height = image.height
      canvas.getContext('2d')?.drawImage(image, 0, 0)
      return canvas.toDataURL('image/webp', quality).split(',')[1] ?? ''
    },
    [png, WEBP_QUALITY] as const,
  )
  const bytes = Buffer.from(webp, 'base64')
  writeFileSync(join(FOLDER, `${name}.webp`), bytes)
  process.stdout.write(`docs/images/${name}.webp: ${Math.round(bytes.length / 1024)} KiB\n`)
  await page.context().close()
}
