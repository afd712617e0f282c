/**
 * `localStorage`, so that tabs share what is in it and a reload keeps it. Where it is blocked, full or absent
 * (settings, private windows, workers, Node) a map takes its place for the life of the page. Asked anew every time:
 * reading `window.localStorage` is what throws.
 */
const memory = new Map<string, string>()

/** In a long-lived process the map must not grow with every visitor. */
const MEMORY_ENTRIES = 1000

export function readItem(name: string): string | null | undefined {
  try {
    return memory.get(name) ?? window.localStorage.getItem(name)
  } catch {
    return undefined
  }
}

export function writeItem(name: string, value: string): void {
  memory.delete(name)
  try {
    window.localStorage.setItem(name, value)
  } catch {
    memory.set(name, value)
    if (memory.size > MEMORY_ENTRIES) memory.delete(memory.keys().next().value as string)
  }
}

export function removeItem(name: string): void {
  memory.delete(name)
  try {
    window.localStorage.removeItem(name)
  } catch {}
}

/** Every name in it that begins so. */
export function itemNames(prefix: string): string[] {
  let names = [...memory.keys()]
  try {
    names = names.concat(Object.keys(window.localStorage))
  } catch {}
  return names.filter((name) => name.startsWith(prefix))
}
