import { fileURLToPath } from 'node:url'

/** For the environment of a process: each start would compile everything anew, for up to a second of the processor's time. */
export const COMPILE_CACHE = {
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../../../../node_modules/.cache/compiled', import.meta.url)),
}
