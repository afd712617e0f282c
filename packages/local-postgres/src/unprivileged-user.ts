import { spawnSync } from 'node:child_process'

/** Whom PostgreSQL runs as when this process is root, which it refuses: `nobody`. `undefined` where our own user will do. */
export function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  return { uid: numberOf('-u'), gid: numberOf('-g') }
}

function numberOf(option: '-u' | '-g'): number {
  const { stdout } = spawnSync('id', [option, 'nobody'], { encoding: 'utf8' })
  if (/^\d+\s*$/.test(stdout ?? '')) return Number(stdout)
  throw new Error(
    'PostgreSQL refuses to run as root, and this machine has no user `nobody` to run it as. ' +
      'Start as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own.',
  )
}
