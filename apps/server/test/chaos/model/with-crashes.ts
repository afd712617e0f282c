import type { SimulatedProcess } from './simulated-process.ts'

type Method = (...args: never[]) => Promise<unknown>

/** Wraps these methods of a port, so that the planned faults are injected into their calls. */
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
