import { startBrowser } from '@registration/local-browser'
import type { Browser } from 'playwright-core'
import { type System, startSystem } from '../test/support/start-system.ts'
import { type OldServices, startOldServices } from './start-old-services.ts'

/** Everything that both pages need, on this machine, and a real browser. */
export interface Stage extends AsyncDisposable {
  system: System
  oldServices: OldServices
  browser: Browser
}

export async function startStage(): Promise<Stage> {
  await using started = new AsyncDisposableStack()
  const pages = { '/old': 'bench/pages/old.html', '/new': 'bench/pages/new.html' }
  const system = started.use(await startSystem(pages))
  const oldServices = started.use(await startOldServices(system.partner))
  const { browser } = started.use(await startBrowser())
  const running = started.move()
  return { system, oldServices, browser, [Symbol.asyncDispose]: () => running.disposeAsync() }
}
