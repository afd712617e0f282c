import { EventEmitter, once } from 'node:events'
import { json, text } from 'node:stream/consumers'
import type { PartnerSandbox } from '@registration/partner-sandbox'
import { getResponse } from 'msw'
import { openService } from './open-service.ts'

/** What the old page called from the browser. */
export interface OldServices extends AsyncDisposable {
  /** Tells a visitor their address, as a third party did. */
  ipLookUpPort: number
  /** The sandbox, open to every page as the old partner was. */
  partnerPort: number
  /** Saves what `saveUserX` sends. */
  userApiPort: number
  /** The e-mails of the users that were saved. */
  saved: ReadonlySet<string>
  /** Resolves when this user is saved. */
  untilSaved(email: string, signal: AbortSignal): Promise<unknown>
}

/** All of them answer at once: what the old page waits for, or loses, is the browser's doing. */
export async function startOldServices(sandbox: PartnerSandbox): Promise<OldServices> {
  await using started = new AsyncDisposableStack()
  const saved = new Set<string>()
  const savings = new EventEmitter().setMaxListeners(0)

  const ipLookUp = started.use(
    await openService(({ socket }) => ({ status: 200, body: JSON.stringify({ ip: socket.remoteAddress }) })),
  )
  const partner = started.use(
    await openService(async (request) => {
      const call = new Request(`http://partner.test${request.url}`, { method: 'POST', body: await text(request) })
      const answer = await getResponse(sandbox.handlers, call)
      return { status: answer?.status ?? 404, body: (await answer?.text()) ?? '' }
    }),
  )
  const userApi = started.use(
    await openService(async (request) => {
      const { email } = (await json(request)) as { email: string }
      saved.add(email)
      savings.emit(email)
      return { status: 201, body: '' }
    }),
  )
  const running = started.move()
  return {
    ipLookUpPort: ipLookUp.port,
    partnerPort: partner.port,
    userApiPort: userApi.port,
    saved,
    untilSaved: async (email, signal) => saved.has(email) || once(savings, email, { signal }),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}
