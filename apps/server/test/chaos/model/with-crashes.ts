import type { SimulatedProcess } from './simulated-process.ts'

type Method = (...args: never[]) => Promise<unknown>

/** A port whose every call the process may not survive. Calls that return no promise pass. */
export function withCrashes<Port extends object>(
  name: string,
  port: Port,
  process: SimulatedProcess,
  methods: (keyof Port)[],
): Port {
  const wrapped = methods.map((method) => {
    const call = port[method] as Method
    return [method, (...args: never[]) => process.call(`${name}.${String(method)}`, () => call(...args))]
  })
  return { ...port, ...Object.fromEntries(wrapped) }
}
