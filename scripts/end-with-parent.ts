// Ends this process cleanly once its parent has died without notice: a SIGKILL of the parent sends no signal here. Imported by the
// scripts themselves, and loaded into the Node processes they start: `node --import ./scripts/end-with-parent.ts …`.
const parent = process.ppid

setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM')
}, 500).unref()
