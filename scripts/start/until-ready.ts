import { setTimeout as sleep } from 'node:timers/promises'

/** Asks until the address answers with success. Whether its server is still alive is for the caller to watch. */
export async function untilReady(url: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const answer = await fetch(url, { signal }).catch(() => undefined)
    if (answer?.ok) return
    await sleep(50, undefined, { signal })
  }
}
