import { createContext, runInContext } from 'node:vm'

/** A page that has loaded the script-tag file: a realm of its own with what a browser offers to scripts, and no more. */
export function openScriptTagPage(file: string, endpoint: string) {
  const storage: Record<string, string> = {}
  const visited: string[] = []
  const { AbortController, Blob, clearTimeout, crypto, fetch, FormData, navigator, setTimeout, URL, URLSearchParams } =
    globalThis
  const context = createContext({
    ...{ AbortController, Blob, clearTimeout, crypto, fetch, FormData, navigator, setTimeout, URL, URLSearchParams },
    window: { localStorage: storage },
    sessionStorage: { getItem: () => 'the proof' },
    document: { currentScript: { dataset: { endpoint } }, referrer: '' },
    location: { href: 'https://landing.example/?tag=spring&r=bonus', assign: (url: string) => visited.push(url) },
    screen: { width: 390, height: 844 },
  })
  runInContext(file, context)
  return { storage, visited, run: (code: string) => runInContext(code, context) }
}
