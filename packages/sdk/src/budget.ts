/** How often the time that is left is counted. */
const TICK_MS = 5000

/** Timers of hidden pages run once a minute at the least; a page whose timers are later than that was frozen. */
const FROZEN_AFTER_MS = 65_000

/** Time to be used up. Frozen time doesn't count: in the back/forward cache, or in a sleeping phone. */
export interface Budget {
  leftMs(): number
  stop(): void
}

/** Calls `whenOver` once, when it is used up. */
export function startBudget(ms: number, whenOver: () => void): Budget {
  let leftMs = ms
  let countedAt = Date.now()
  let timer: ReturnType<typeof setTimeout> | undefined

  function count(): number {
    const passedMs = Date.now() - countedAt
    countedAt += passedMs
    leftMs -= passedMs < 0 || passedMs > FROZEN_AFTER_MS ? Math.min(TICK_MS, leftMs) : passedMs
    return leftMs
  }

  function schedule(): void {
    const delayMs = Math.min(TICK_MS, leftMs)
    const afterMs = leftMs - delayMs
    timer = setTimeout(() => {
      // At least what the timer took, also where the page's clock stands still.
      leftMs = Math.min(count(), afterMs)
      if (leftMs > 0) schedule()
      else whenOver()
    }, delayMs)
  }

  // Restored from the back/forward cache.
  const restored = () => {
    countedAt = Date.now()
  }
  globalThis.addEventListener?.('pageshow', restored)
  schedule()
  return {
    leftMs: count,
    stop() {
      clearTimeout(timer)
      globalThis.removeEventListener?.('pageshow', restored)
    },
  }
}
