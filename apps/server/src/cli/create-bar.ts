import { SingleBar } from 'cli-progress'
import type { Bar } from './terminal.ts'

/**
 * A bar on standard error, which leaves the terminal as it was: the library's own way to tidy up on Ctrl-C would swallow
 * the first one.
 */
export function createBar(what: string, total: number): Bar {
  const bar = new SingleBar({
    format: `${what} {bar} {value}/{total}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    stream: process.stderr,
    linewrap: true,
    gracefulExit: false,
  })
  bar.start(total, 0)
  return {
    reach: (done) => bar.update(done),
    [Symbol.dispose]: () => bar.stop(),
  }
}
