// The process behind `startReaper`: `node reaper.ts RUN OWNER`. It works until its input ends: with the word `stop` by its owner, who
// reads from its output what had to be ended; or without a word because the owner has died, and then it tells the terminal.
import { setTimeout as sleep } from 'node:timers/promises'
import { endProcess, listProcesses, type ProcessEntry } from './processes.ts'
import { parseMarks, type RunMark } from './run-mark.ts'

const LOOK_EVERY_MS = 1_000
/**
 * A program that ends with its parent needs a moment to notice (half a second in this project) and to stop cleanly. If a worker is
 * killed while its server runs, the run takes this much longer.
 */
const ORPHAN_GRACE_MS = 10_000
/** The same at the end of the run, where most of it has passed already. */
const STOP_GRACE_MS = 5_000

const [run = '', owner = ''] = process.argv.slice(2)
const orphanSince = new Map<number, number>()
const named = new Set<number>()
let words = ''
const inputEnded = new Promise<'over'>((resolve) => process.stdin.once('end', () => resolve('over')))
process.stdin.setEncoding('utf8').on('data', (chunk) => {
  words += chunk
})
// The process that reads them may have died.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)

while ((await Promise.race([inputEnded, sleep(LOOK_EVERY_MS)])) !== 'over') endOrphans(ORPHAN_GRACE_MS)

// Again and again: what is killed may have started something a moment ago.
while (endOrphans(words === 'stop' ? STOP_GRACE_MS : 0) > 0) await sleep(50)

/** Ends what has been an orphan for so long. Returns how many orphans there were. */
function endOrphans(afterMs: number): number {
  const processes = listProcesses()
  const parents = new Map(processes.map(({ pid, parent }) => [pid, parent]))
  // A dying owner closes its end of the pipe before its children become orphans: then they all count.
  const ownerHasDied = process.stdin.readableEnded && words !== 'stop'
  const isOrphan = (entry: ProcessEntry) => markOf(entry) && (ownerHasDied || !leadsToOwner(entry.pid, parents))
  const orphans = processes.filter(isOrphan)
  for (const orphan of orphans) {
    const since = orphanSince.get(orphan.pid) ?? performance.now()
    orphanSince.set(orphan.pid, since)
    if (performance.now() - since >= afterMs) end(orphan)
  }
  return orphans.length
}

function markOf({ mark }: ProcessEntry): RunMark | undefined {
  return parseMarks(mark).find((its) => its.run === run)
}

function leadsToOwner(pid: number, parents: ReadonlyMap<number, number>): boolean {
  for (let ancestor = parents.get(pid); ancestor !== undefined; ancestor = parents.get(ancestor))
    if (ancestor === Number(owner)) return true
  return false
}

function end(entry: ProcessEntry): void {
  const { pid, command } = entry
  endProcess(pid)
  const file = markOf(entry)?.file
  // A process that no test file started belongs to the runner.
  if (file === undefined || named.has(pid)) return
  named.add(pid)
  const line = `process ${pid}, started by ${file}: ${command}\n`
  if (words === 'stop' || !process.stdin.readableEnded) process.stdout.write(line)
  else process.stderr.write(`Ended with its run: ${line}`)
}
