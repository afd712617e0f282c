// Ends this process in good order once its parent has died without a word: no signal tells of a SIGKILL. Imported by the
// scripts themselves, and loaded into the Node processes they start: `node --import ./scripts/end-with-parent.ts …`.
const parent = process.ppid

setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM')
}, 500).unref()
