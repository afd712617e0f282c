/** In a long-lived process the memory must not grow with every visitor. */
const MEMORY_ENTRIES = 1000

/** Takes the place of `localStorage` for the life of the page, where that is blocked, full or absent. */
const memory: Record<string, string> = {}

/**
 * `localStorage`, which tabs share and a reload keeps, as the plain object that it also is. Asked for anew every time,
 * since that is what throws where it is blocked; some web views have `null` there, and Node has no `window`.
 */
function page(): Record<string, string> {
  try {
    return window.localStorage || memory
  } catch {
    return memory
  }
}

export function readItem(name: string): string | undefined {
  return memory[name] ?? page()[name]
}

export function writeItem(name: string, value: string): void {
  try {
    page()[name] = value
  } catch {
    memory[name] = value
  }
  const [oldest = '', ...others] = Object.keys(memory)
  if (others.length >= MEMORY_ENTRIES) delete memory[oldest]
}

export function removeItem(name: string): void {
  delete memory[name]
  delete page()[name]
}

/** Every name in it that begins so. */
export function itemNames(prefix: string): string[] {
  return Object.keys(memory)
    .concat(Object.keys(page()))
    .filter((name) => name.startsWith(prefix))
}
