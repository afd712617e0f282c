/** Runs a call of a port, and may do something before and after it. */
export type Around = <T>(method: string, call: () => Promise<T>) => Promise<T>

/** The port, with something around each call of these methods of it. */
export function aroundEach<Port extends object, Method extends keyof Port & string>(
  port: Port,
  methods: readonly Method[],
  around: Around,
): Port {
  const wrapped = methods.map((method) => {
    const call = port[method] as (...args: unknown[]) => Promise<unknown>
    return [method, (...args: unknown[]) => around(method, () => call(...args))]
  })
  return { ...port, ...Object.fromEntries(wrapped) }
}
