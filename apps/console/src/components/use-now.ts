import { useSyncExternalStore } from 'react'

/** Update interval. Shown spans have seconds at the finest, and faster updates would flicker. */
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

/** The current time, the same in all components of the page. */
export function useNow(): Date {
  return useSyncExternalStore(subscribe, () => now)
}
