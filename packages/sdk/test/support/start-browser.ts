import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

/** Chromium out of an npm package, unpacked into a folder that goes with it. */
export async function startBrowser(): Promise<AsyncDisposable & { browser: Browser }> {
  const folder = await mkdtemp(join(tmpdir(), 'registration-sdk-browser-'))
  // Read when the package is loaded: where it unpacks, and that it brings the libraries which a bare machine lacks.
  const { TMPDIR = tmpdir() } = process.env
  process.env['TMPDIR'] = folder
  process.env['AWS_EXECUTION_ENV'] ??= 'AWS_Lambda_nodejs24.x'
  const { default: packaged } = await import('@sparticuz/chromium')
  const executablePath = await packaged.executablePath()
  process.env['TMPDIR'] = TMPDIR
  // Without a single font, a button is enough to crash it.
  const fonts = join(folder, 'fonts.conf')
  await writeFile(fonts, `<?xml version="1.0"?><fontconfig><dir>${folder}/fonts</dir></fontconfig>`)
  const browser = await chromium.launch({
    executablePath,
    env: { ...process.env, FONTCONFIG_FILE: fonts },
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
    // Visitors have it.
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  })
  return {
    browser,
    async [Symbol.asyncDispose]() {
      await browser.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
