import { randomInt } from 'node:crypto'
import { launchPostmaster, type Postmaster, type PostmasterOptions } from './launch-postmaster.ts'

/**
 * Starts the server on some free port. PostgreSQL itself finds out whether a port is free, by taking it: asking first would
 * leave a gap for others.
 *
 * The ports lie below those that Linux and macOS hand out to outgoing connections. Otherwise one of these could hold our port
 * while the server is down; even a client's own, since connecting to a port that nobody serves can reach itself.
 */
export async function launchOnFreePort(
  options: PostmasterOptions,
  pickPort = () => randomInt(10_240, 32_768),
): Promise<Postmaster> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await launchPostmaster({ ...options, port: pickPort() })
    } catch (error) {
      if (attempt === 20 || !/Address already in use/.test(String(error))) throw error
    }
  }
}
