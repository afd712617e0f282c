import { SingleBar } from 'cli-progress'
import type { Bar } from './terminal.ts'

/**
 * A progress bar on standard error. The library's graceful exit is off, because it would swallow the first Ctrl-C.
 */
export function createBar(label: string, total: number): Bar {
  const bar = new SingleBar({
    format: `${label} {bar} {value}/{total}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    stream: process.stderr,
    linewrap: true,
    gracefulExit: false,
  })
  bar.start(total, 0)
  return {
    update: (done) => bar.update(done),
    [Symbol.dispose]: () => bar.stop(),
  }
}
