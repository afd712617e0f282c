import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/**
 * Makes sure that a port of this machine is free.
 *
 * @param wanted 0 for any
 * @param command what to type again with another port
 * @throws Error with the way out when it is taken
 */
export async function freePort(wanted: number, command = 'npm start'): Promise<number> {
  const server = createServer().listen(wanted, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause
    throw new Error(`Port ${wanted} is taken. End what uses it, or choose another: PORT=${wanted + 1} ${command}`)
  }
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
