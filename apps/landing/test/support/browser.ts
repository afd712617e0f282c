import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'

export interface RunningBrowser extends AsyncDisposable {
  browser: Browser
}

/**
 * A real Chromium that came as an npm package: nothing is downloaded or installed on the machine. It unpacks itself
 * into a temporary folder, which goes with it. Start one a process, and as many pages in it as you like.
 */
export async function startBrowser(): Promise<RunningBrowser> {
  const folder = await mkdtemp(join(tmpdir(), 'registration-browser-'))
  const executablePath = await unpack(folder)
  const { chromium } = await import('playwright-core')
  const browser = await chromium.launch({
    executablePath,
    env: { ...process.env, FONTCONFIG_FILE: await describeFonts(folder) },
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
  return {
    browser,
    async [Symbol.asyncDispose]() {
      await browser.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The package unpacks under fixed names in the folder for temporary files: two would otherwise meet there. */
async function unpack(folder: string): Promise<string> {
  const { TMPDIR } = process.env
  process.env['TMPDIR'] = folder
  // Makes the package bring the system libraries that a bare machine lacks.
  process.env['AWS_EXECUTION_ENV'] ??= 'AWS_Lambda_nodejs24.x'
  try {
    const { default: packaged } = await import('@sparticuz/chromium')
    return await packaged.executablePath()
  } finally {
    if (TMPDIR === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = TMPDIR
  }
}

/** The package's own description looks for its fonts elsewhere; without a single font, a form crashes the browser. */
async function describeFonts(folder: string): Promise<string> {
  const file = join(folder, 'fonts.conf')
  await writeFile(
    file,
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
    <fontconfig><dir>${folder}/fonts</dir><cachedir>${folder}/fonts-cache</cachedir></fontconfig>`,
  )
  return file
}
