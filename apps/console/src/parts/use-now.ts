import { useSyncExternalStore } from 'react'

/** Spans are shown in minutes and seconds: finer would only flicker. */
const EVERY_MS = 5_000

let now = new Date()
const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  timer ??= setInterval(() => {
    now = new Date()
    for (const tell of listeners) tell()
  }, EVERY_MS)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

/** The present moment, the same for everything on the page. */
export function useNow(): Date {
  return useSyncExternalStore(subscribe, () => now)
}
