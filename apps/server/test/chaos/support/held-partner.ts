import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { type PartnerProcess, startPartnerProcess } from './partner-process.ts'

/** A partner that handles every call at once; its answers arrive when the test releases them. */
export interface HeldPartner extends PartnerProcess {
  /** Delivers the held answers, and holds back no more. */
  release(): void
  /** Holds back every answer from now on. This is the initial state. */
  hold(): void
}

/** Starts a partner behind a proxy that forwards calls and holds back answers. */
export async function startHeldPartner(): Promise<HeldPartner> {
  await using started = new AsyncDisposableStack()
  const partner = started.use(await startPartnerProcess())
  const address = { host: '127.0.0.1', port: Number(new URL(partner.url).port) }
  const answering = new Map<Socket, Socket>()
  let isHeld = true

  const listener = createServer({ noDelay: true }, (caller) => {
    const answerer = connect({ ...address, noDelay: true })
    answering.set(answerer, caller)
    caller.pipe(answerer)
    if (!isHeld) answerer.pipe(caller)
    answerer.once('close', () => {
      answering.delete(answerer)
      caller.destroy()
    })
    caller.once('close', () => answerer.destroy())
    for (const end of [caller, answerer]) end.on('error', () => undefined)
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  started.defer(async () => {
    const closed = once(listener, 'close')
    listener.close()
    for (const [answerer, caller] of answering) {
      answerer.destroy()
      caller.destroy()
    }
    await closed
  })

  const running = started.move()
  return {
    ...partner,
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    release() {
      isHeld = false
      for (const [answerer, caller] of answering) answerer.pipe(caller)
    },
    hold() {
      isHeld = true
      for (const answerer of answering.keys()) answerer.unpipe().pause()
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}
