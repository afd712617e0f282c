import { pageState } from './page-state.ts'

/** In a long-lived process the memory must not grow with every visitor. */
const MEMORY_ENTRIES = 1000

/** Takes the place of `localStorage` for the life of the page, where that is blocked, full or absent. */
const { memory } = pageState

/**
 * Does something with `localStorage`, which tabs share and a reload keeps, as the plain object that it also is. It is
 * looked up every time, since that, and each access, may throw where it is blocked; some web views have `null` there, and
 * Node has no `window`.
 */
function withStorage<Result>(use: (storage: Record<string, string>) => Result): Result | undefined {
  try {
    return use(window.localStorage)
  } catch {
    return undefined
  }
}

export function readItem(name: string): string | undefined {
  return memory[name] ?? withStorage((storage) => storage[name])
}

export function writeItem(name: string, value: string): void {
  const written = withStorage((storage) => {
    storage[name] = value
    return storage[name] === value
  })
  if (!written) memory[name] = value
  const [oldest = '', ...others] = Object.keys(memory)
  if (others.length >= MEMORY_ENTRIES) delete memory[oldest]
}

export function removeItem(name: string): void {
  delete memory[name]
  withStorage((storage) => delete storage[name])
}

/** Every name in it that begins so. */
export function itemNames(prefix: string): string[] {
  return Object.keys(memory)
    .concat(withStorage(Object.keys) ?? [])
    .filter((name) => name.startsWith(prefix))
}
