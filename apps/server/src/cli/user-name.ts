import { userInfo } from 'node:os'

/** The name of the user who runs the command, or `uid N` if the system has no name, as in some containers. */
export function userName(readUser: () => { username: string } = userInfo): string {
  try {
    return readUser().username
  } catch {
    return `uid ${process.getuid?.()}`
  }
}
