import { configure } from './configure.ts'
import * as api from './index.ts'
import { pageState } from './page-state.ts'

/**
 * The script element that runs this file. The getter is taken from the prototype: on `document` itself an element of the page may
 * stand in its place, such as `<img name="currentScript">`. A module has none, and is found by its address, which the stack of an error names.
 */
function ownScript(): HTMLScriptElement | null | undefined {
  const { document, Document } = globalThis
  if (!document) return undefined
  const getter = Document && Object.getOwnPropertyDescriptor(Document.prototype, 'currentScript')?.get
  const script = getter ? getter.call(document) : document.currentScript
  if (script || !Document) return script
  const stack = String(new Error().stack)
  const candidates = Document.prototype.querySelectorAll.call(document, 'script[src][data-endpoint]')
  return ([...candidates] as HTMLScriptElement[]).find(({ src }) => stack.includes(src))
}

/** Blank where the element is none of ours: an inline script that a tag manager wrote around this file, or one of SVG. */
function endpointOf(script: HTMLScriptElement | null | undefined): string | undefined {
  return script?.dataset?.['endpoint']
}

// <script src="…" data-endpoint="https://reg.example.com"> needs no configure(). A second copy joins the first.
configure({ endpoint: pageState.settings.endpoint ?? endpointOf(ownScript()) })

// Not by a `var`, which stays inside where the file is loaded as a module, or wrapped by a tag manager.
Object.assign(globalThis, { Registration: { ...api } })
