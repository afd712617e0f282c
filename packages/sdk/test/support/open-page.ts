import { vi } from 'vitest'

export interface PageOptions {
  /** What tabs of one browser share. An object does what the SDK asks of `localStorage`. */
  storage?: object | null
  /** Reading `window.localStorage` throws, as with cookies blocked. */
  storageBlocked?: boolean
  url?: string
  dataset?: Record<string, string>
}

/**
 * Makes this process look like a page that was just loaded, and loads the SDK into it again: opening a second one is a
 * second tab, or the same after a reload. `vi.unstubAllGlobals()` closes them all.
 */
export async function openPage({ storage = {}, storageBlocked = false, url, dataset = {} }: PageOptions = {}) {
  const events = new EventTarget()
  vi.stubGlobal('window', {
    get localStorage() {
      if (storageBlocked) throw new DOMException('The operation is insecure.', 'SecurityError')
      return storage
    },
  })
  vi.stubGlobal('document', { referrer: 'https://search.example/', currentScript: { dataset } })
  vi.stubGlobal('location', new URL(url ?? 'https://landing.example/spring?tag=a#top'))
  vi.stubGlobal('screen', { width: 390, height: 844 })
  vi.stubGlobal('addEventListener', events.addEventListener.bind(events))
  vi.stubGlobal('removeEventListener', events.removeEventListener.bind(events))
  vi.resetModules()
  Reflect.deleteProperty(globalThis, Symbol.for('@registration/sdk/page/1'))
  return {
    sdk: await import('../../src/index.ts'),
    comesOnline: () => events.dispatchEvent(new Event('online')),
  }
}
