/**
 * A listener whose every event another one hears too, as far as it listens. What either throws is reported, and goes no
 * further: whoever tells them has more to do, such as to save the answer of a call.
 */
export function alsoTell<Watcher extends object>(
  watcher: Watcher,
  other: Partial<Watcher>,
  onFailure: (error: unknown) => void,
): Watcher {
  const attempt = (tell: (...what: unknown[]) => void, what: unknown[]) => {
    try {
      tell(...what)
    } catch (error) {
      report(error)
    }
  }
  function report(error: unknown): void {
    try {
      onFailure(error)
    } catch {
      // Where the log is what throws, there is nobody left to tell.
    }
  }
  const told = Object.entries(watcher).map(([word, tell]) => {
    const listen = other[word as keyof Watcher]
    return [
      word,
      (...what: unknown[]) => {
        attempt(tell, what)
        if (typeof listen === 'function') attempt(listen as never, what)
      },
    ]
  })
  return Object.fromEntries(told) as Watcher
}
