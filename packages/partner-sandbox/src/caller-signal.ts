import { AsyncLocalStorage } from 'node:async_hooks'

/**
 * Behind a real port, aborts when the caller is gone. The request's own signal ought to say so as well, but Node passes an abort on
 * through weak references: once the garbage collector has been there, a call that hangs would never learn of it.
 */
export const callerSignal = new AsyncLocalStorage<AbortSignal>()
