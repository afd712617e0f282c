import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RunningBrowser, startBrowser } from '@registration/local-browser'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../support/packed-sdk.ts'
import { readmeSnippets } from '../support/readme-snippets.ts'
import { run } from '../support/run.ts'
import { answers, fails, registered, scriptedServer } from '../support/scripted-server.ts'
import { serveScenes } from '../support/serve-scenes.ts'

let site: Awaited<ReturnType<typeof serveScenes>>
let chromium: RunningBrowser
let react: string

beforeAll(async () => {
  ;[site, chromium, react] = await Promise.all([serveScenes(), startBrowser(), bundleReactPage()])
})

afterAll(async () => {
  await chromium?.[Symbol.asyncDispose]()
  await site?.[Symbol.asyncDispose]()
})

/** A page that uses the hook, in React's strict mode, which mounts everything twice. */
async function bundleReactPage(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'registration-sdk-react-'))
  try {
    const tsup = createRequire(import.meta.url).resolve('tsup/dist/cli-default.js')
    const options = ['--no-config', '--silent', '--format=iife', '--platform=browser', '--env.NODE_ENV=development']
    // A process of its own, with which the bundler's service ends.
    await run(process.execPath, [tsup, 'test/support/react-page.ts', `--out-dir=${folder}`, ...options], { cwd: root })
    return readFileSync(join(folder, 'react-page.global.js'), 'utf8')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

describe("the README's script-tag page", () => {
  const [html = ''] = readmeSnippets('html')
  const [script = ''] = readmeSnippets('js')
  const [policy = ''] = readmeSnippets('http')

  /** As printed, but for the server's address. */
  async function openReadmePage(endpoint: string) {
    const here = (text: string) => text.replaceAll('https://reg.example.com', endpoint)
    site.addFile('/page.js', here(script))
    site.addFile('/registration-sdk.js', readFileSync(join(root, 'dist/index.global.js'), 'utf8'))
    const header = here(policy).replace('Content-Security-Policy:', '').trim()
    const context = await chromium.browser.newContext()
    const page = await context.newPage()
    await page.addInitScript("sessionStorage.setItem('proof', 'the proof')")
    await page.goto(`${site.add(here(html), { 'content-security-policy': header })}?tag=spring`)
    await page.route('https://partner.example/**', (route) => route.fulfill({ body: 'The cashier' }))
    return { page, [Symbol.asyncDispose]: () => context.close() }
  }

  it('registers under the Content-Security-Policy that the README names', async () => {
    await using server = await scriptedServer(answers(registered))
    await using opened = await openReadmePage(server.endpoint)
    await opened.page.fill('[name=email]', 'ann@example.com')
    await opened.page.click('button')
    await opened.page.getByText('The cashier').waitFor()
    expect(server.requests).toMatchObject([
      { input: { email: 'ann@example.com', trafficParams: { tag: 'spring' }, verificationToken: 'the proof' } },
    ])
  })

  it("shows the partner's sentence", async () => {
    await using server = await scriptedServer(fails('MULTIPLE_ACCOUNTS', { error: 'Multiple accounts' }))
    await using opened = await openReadmePage(server.endpoint)
    await opened.page.fill('[name=email]', 'two@example.com')
    await opened.page.click('button')
    await opened.page.getByRole('status').getByText('Multiple accounts').waitFor()
  })
})

it("the README's recipe for tag managers loads and configures the script", async () => {
  await using server = await scriptedServer(answers(registered))
  const [, recipe = ''] = readmeSnippets('js')
  site.addFile('/registration-sdk.js', readFileSync(join(root, 'dist/index.global.js'), 'utf8'))
  const code = recipe.replaceAll('https://reg.example.com', server.endpoint)
  const page = await chromium.browser.newPage()
  await page.goto(site.add(`<!doctype html><script>${code}</script>`))
  await page.waitForFunction('globalThis.Registration')
  const link = await page.evaluate("Registration.orchestrateRegistration('tag@example.com').then((r) => r.depositUrl)")
  expect(link).toBe(registered.depositUrl)
  await page.close()
})

describe('the React hook', () => {
  async function openReactPage(endpoint: string) {
    site.addFile('/react-page.js', react)
    const page = await chromium.browser.newPage()
    await page.goto(
      `${site.add('<!doctype html><main></main><script src="/react-page.js" defer></script>')}?${endpoint}`,
    )
    return { page, [Symbol.asyncDispose]: () => page.close() }
  }

  it('registers once, and hands over the link', async () => {
    await using server = await scriptedServer(answers(registered))
    await using opened = await openReactPage(server.endpoint)
    await opened.page.click('button')
    await opened.page.getByText(registered.depositUrl).waitFor()
    expect(server.requests).toHaveLength(1)
  })

  it('shows why there is no link', async () => {
    await using server = await scriptedServer(fails('ALREADY_REGISTERED', { error: 'already exists' }))
    await using opened = await openReactPage(server.endpoint)
    await opened.page.click('button')
    await opened.page.getByText('already exists').waitFor()
  })

  it('resumes a registration that was under way when the page was left', async () => {
    const silent = Promise.withResolvers<void>()
    await using server = await scriptedServer(() => silent.resolve(), answers({ ...registered, replayed: true }))
    await using opened = await openReactPage(server.endpoint)
    await opened.page.click('button')
    await silent.promise
    await opened.page.reload()
    await opened.page.getByText(registered.depositUrl).waitFor()
    expect(server.requests.map(({ path }) => path)).toEqual([
      '/trpc/orchestrateRegistration',
      '/trpc/registrationStatus',
    ])
  })
})
