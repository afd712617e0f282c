/** A stretch of time; instants in milliseconds since 1970. */
export interface Window {
  fromMs: number
  /** Not part of it. */
  toMs: number
}

/** Slots of a bucket, of each of which the same share is looked at. */
const SLOTS = 8
/** The golden ratio: its multiples leave no gap and follow no rhythm that visitors or their senders could have. */
const SPREAD = 0.618_033_988_749_895

/**
 * The windows of a range that show a share of what happened in it: one in each eighth of a bucket, at another place in
 * each. The same instant is always in or always out, so that figures which are read again and again don't flicker.
 *
 * @param share of the time that is looked at, 0 to 1
 */
export function sampleWindows({ fromMs, toMs }: Window, bucketMs: number, share: number): Window[] {
  if (share >= 1) return [{ fromMs, toMs }]
  const slotMs = bucketMs / SLOTS
  const [first, last] = [Math.floor(fromMs / slotMs), Math.floor(toMs / slotMs)]
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const slot = first + index
    const beginsMs = (slot + ((slot * SPREAD) % 1) * (1 - share)) * slotMs
    return { fromMs: Math.max(fromMs, beginsMs), toMs: Math.min(toMs, beginsMs + share * slotMs) }
  }).filter((window) => window.fromMs < window.toMs)
}
