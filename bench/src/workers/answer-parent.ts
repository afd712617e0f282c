/** Makes this process a worker: it answers its parent's commands one by one, and ends with it. */
export function answerParent<Command, Reply>(answer: (command: Command) => Promise<Reply>): void {
  process.on('message', async (command: Command) => process.send?.(await answer(command)))
  process.on('disconnect', () => process.exit())
}
