import type { Life } from './life.ts'

type Method = (...args: never[]) => Promise<unknown>

/** A port whose every call the process may not survive. Calls that return no promise pass. */
export function mortal<Port extends object>(name: string, port: Port, life: Life, methods: (keyof Port)[]): Port {
  const wrapped = methods.map((method) => {
    const call = port[method] as Method
    return [method, (...args: never[]) => life.through(`${name}.${String(method)}`, () => call(...args))]
  })
  return { ...port, ...Object.fromEntries(wrapped) }
}
