import { userInfo } from 'node:os'

/** Who runs the command: by name, or by number where the machine has no name for them, as in some containers. */
export function userName(look: () => { username: string } = userInfo): string {
  try {
    return look().username
  } catch {
    return `uid ${process.getuid?.()}`
  }
}
