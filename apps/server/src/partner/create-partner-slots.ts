import { BulkheadRejectedError, bulkhead, TaskCancelledError } from 'cockatiel'
import { NoSlot, type PartnerSlots } from '../registration/partner-slots.ts'

/** @param calls how many may be under way at once; twice as many may wait for their turn */
export function createPartnerSlots(calls: number): PartnerSlots & { usage(): { used: number; waiting: number } } {
  const cap = bulkhead(calls, 2 * calls)

  async function wait<T>(task: () => Promise<T>, withinMs: number): Promise<T> {
    // What has begun is finished; only waiting ends.
    const patience = new AbortController()
    const waiting = Promise.withResolvers<never>()
    const timer = setTimeout(
      () => {
        patience.abort()
        waiting.reject(noSlot())
      },
      Math.max(withinMs, 0),
    )
    const begun = () => {
      clearTimeout(timer)
      return task()
    }
    try {
      return await Promise.race([cap.execute(begun, patience.signal), waiting.promise])
    } catch (error) {
      if (error instanceof BulkheadRejectedError || error instanceof TaskCancelledError) throw noSlot()
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    usage: () => ({ used: calls - cap.executionSlots, waiting: 2 * calls - cap.queueSlots }),
    // Where there is room nobody waits, and needs no patience that could end.
    run: (task, withinMs) => (cap.executionSlots > 0 ? cap.execute(task) : wait(task, withinMs)),
  }
}

function noSlot(): NoSlot {
  return new NoSlot('The partner is asked as often at once as it may be.')
}
