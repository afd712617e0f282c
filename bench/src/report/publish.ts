import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const BEGIN = '<!-- figures: written by npm run bench -->'
const END = '<!-- end of figures -->'

/**
 * Replaces the published figures.
 *
 * @param folder holds `performance.md`, with two markers that say where the table goes; `performance.svg` is put beside it
 * @throws Error where the markers are missing
 */
export function publish(folder: string, table: string, svg: string): void {
  const file = join(folder, 'performance.md')
  const [before, rest] = readFileSync(file, 'utf8').split(BEGIN)
  const after = rest?.split(END)[1]
  if (after === undefined) throw new Error(`${file} has no place for the figures: put ${BEGIN} and ${END} into it.`)
  writeFileSync(file, `${before}${BEGIN}\n\n${table}\n${END}${after}`)
  writeFileSync(join(folder, 'performance.svg'), svg)
}
