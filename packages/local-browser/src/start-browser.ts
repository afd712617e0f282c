import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { unpackChromium } from './unpack-chromium.ts'

export interface RunningBrowser extends AsyncDisposable {
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
  return { browser, [Symbol.asyncDispose]: () => browser.close() }
}
