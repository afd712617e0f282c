/** A watcher whose every word another one hears too, as far as it listens. */
export function alsoTell<Watcher extends object>(watcher: Watcher, other: Partial<Watcher>): Watcher {
  const told = Object.entries(watcher).map(([word, tell]) => {
    const listen = other[word as keyof Watcher]
    if (typeof listen !== 'function') return [word, tell]
    return [
      word,
      (...what: unknown[]) => {
        tell(...what)
        listen(...what)
      },
    ]
  })
  return Object.fromEntries(told) as Watcher
}
