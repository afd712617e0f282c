/** Coalesces concurrent calls: N scrapes share one query. */
export function coalesce<T>(query: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined
  return () => {
    running ??= query().finally(() => {
      running = undefined
    })
    return running
  }
}
