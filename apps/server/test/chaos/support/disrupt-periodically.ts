import { setTimeout as pause } from 'node:timers/promises'
import { seededDraw } from './seeded-draw.ts'
import type { Disruption } from './send-visitors-during.ts'
import type { ServerProcess } from './server-process.ts'

/** Disrupts one replica after the other, never two at once, with pauses of about `everyMs`. */
export function disruptPeriodically(
  { servers, everyMs, seed }: { servers: readonly ServerProcess[]; everyMs: number; seed: number },
  act: (server: ServerProcess) => Promise<void>,
): Disruption {
  const draw = seededDraw(seed)
  return async (signal) => {
    for (let times = 0; ; times++) {
      const pauseMs = everyMs * (0.5 + draw(`pause ${times}`))
      await pause(pauseMs, undefined, { signal }).catch(() => undefined)
      if (signal.aborted) return times
      await act(servers[Math.floor(draw(`victim ${times}`) * servers.length)] as ServerProcess)
    }
  }
}
