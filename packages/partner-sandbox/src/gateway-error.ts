import { setTimeout as pause } from 'node:timers/promises'
import { HttpResponse } from 'msw'
import type { Misbehaviour } from './misbehaviours.ts'

const PARTNER_WORKS_FOR_MS = 2_000

/** Answers at once, as a gateway that has had enough, and opens the account later, as the partner behind it. */
export function gatewayError(status: number): Misbehaviour {
  return ({ settings: { delayMs = PARTNER_WORKS_FOR_MS }, register, keepWorking }) => {
    keepWorking(pause(delayMs, undefined, { ref: false }).then(() => register()))
    return HttpResponse.html(`<html><body><h1>${status}</h1></body></html>`, { status })
  }
}
