import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inflate } from '@sparticuz/chromium'

const cache = fileURLToPath(new URL('../node_modules/.cache/chromium', import.meta.url))
const installed = dirname(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')))

/** Unpacks Chromium with its libraries and fonts, which takes seconds, once for each version. Returns their folder. */
export async function unpackChromium(): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as { version: string }
  const folder = join(cache, version)
  if (existsSync(folder)) return folder
  await mkdir(cache, { recursive: true })
  const unfinished = await mkdtemp(`${folder}-new-`)
  try {
    await inflateInto(unfinished)
    await writeFile(join(unfinished, 'fonts.conf'), fontsOf(folder))
    await rename(unfinished, folder)
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    // Somebody else was faster.
    if (!existsSync(folder)) throw error
  }
  return folder
}

/** The package unpacks under fixed names in the folder for temporary files, which it asks for at once. */
async function inflateInto(folder: string): Promise<void> {
  const packed = join(installed, 'bin')
  const files = await readdir(packed)
  const { TMPDIR } = process.env
  process.env['TMPDIR'] = folder
  const inflating = files.map((file) => inflate(join(packed, file)))
  if (TMPDIR === undefined) delete process.env['TMPDIR']
  else process.env['TMPDIR'] = TMPDIR
  await Promise.all(inflating)
}

/** The package's own description looks for its fonts elsewhere; without a single font, a form crashes the browser. */
function fontsOf(folder: string): string {
  return `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
    <fontconfig><dir>${folder}/fonts</dir><cachedir>${folder}/fonts-cache</cachedir></fontconfig>`
}
