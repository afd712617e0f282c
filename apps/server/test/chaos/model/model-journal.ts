import type { JournalEntry } from '../../../src/journal/journal-entry.ts'
import type { OutageJournal } from '../../../src/journal/outage-journal.ts'

/** An outage journal in memory, which survives its processes. @param isFull whether writes fail at the moment */
export function createModelJournal(isFull: () => boolean): OutageJournal {
  let lines: string[] = []
  const refuseWhenFull = () => {
    if (isFull()) throw new Error('no space left on device')
  }
  return {
    load: () => ({ entries: lines.map((line): JournalEntry => JSON.parse(line)), unreadable: 0 }),
    size: () => 0,
    keys: () => [],
    async append(entry) {
      refuseWhenFull()
      lines.push(JSON.stringify(entry))
    },
    async rewrite(left) {
      refuseWhenFull()
      lines = left().map((entry) => JSON.stringify(entry))
    },
  }
}
