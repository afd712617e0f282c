import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolder } from './support/temporary-folder.ts'

const root = join(import.meta.dirname, '../../..')
const biome = join(root, 'node_modules/@biomejs/biome/bin/biome')
const WALLS = ['lint/style/noRestrictedImports', 'lint/style/noProcessEnv']

interface Diagnostic {
  category: string
  message: string
  location: { path: string }
}

/** What lint says of the walls, below a folder. */
function objections(folder: string): Promise<Diagnostic[]> {
  return new Promise((resolve, reject) => {
    const args = [biome, 'lint', '--reporter=json', '--max-diagnostics=none', '.']
    execFile(process.execPath, args, { cwd: folder, maxBuffer: 64 * 1024 * 1024 }, (_, stdout, stderr) => {
      try {
        const { diagnostics } = JSON.parse(stdout) as { diagnostics: Diagnostic[] }
        resolve(diagnostics.filter(({ category }) => WALLS.includes(category)))
      } catch {
        reject(new Error(stderr))
      }
    })
  })
}

type Wall = { file: string; keepsOut: string[]; letsIn: string[] }

const ROOMS: Wall[] = [
  {
    file: 'apps/server/src/registration/wall.ts',
    keepsOut: [
      ...['fastify', 'kysely', 'ofetch', 'undici', 'pg', 'pino', 'zod', 'node:fs'],
      ...[
        '../store/find.ts',
        '../partner/create-partner.ts',
        '../http/doors.ts',
        '../config/config.ts',
        '../compose.ts',
      ],
      ...['../recovery/recover-due.ts', '../journal/outage-journal.ts', '@registration/partner-sandbox'],
    ],
    letsIn: ['./policy.ts', '@registration/shared'],
  },
  {
    file: 'apps/server/src/store/wall.ts',
    keepsOut: [
      '../http/doors.ts',
      '../partner/deposit-link.ts',
      '../compose.ts',
      '../config/config.ts',
      'fastify',
      'undici',
    ],
    letsIn: ['./find.ts', '../registration/ports.ts', '@registration/shared', 'kysely', 'pg', 'node:crypto'],
  },
  {
    file: 'apps/server/src/partner/wall.ts',
    keepsOut: [
      '../store/find.ts',
      '../http/doors.ts',
      '../compose.ts',
      '../config/config.ts',
      'kysely',
      'fastify',
      'pg',
    ],
    letsIn: ['./deposit-link.ts', '../registration/partner.ts', '@registration/shared', 'undici', 'ofetch'],
  },
  {
    file: 'apps/server/src/recovery/wall.ts',
    keepsOut: ['../store/due.ts', '../partner/create-partner.ts', '../http/doors.ts', '../compose.ts', 'kysely', 'pg'],
    letsIn: ['./sliding-window.ts', '../registration/pursue.ts'],
  },
  {
    file: 'apps/server/src/events/wall.ts',
    keepsOut: ['../store/find.ts', '../partner/create-wire.ts', '../http/doors.ts', '../compose.ts', 'kysely', 'pg'],
    letsIn: [
      './sign-event.ts',
      '../recovery/sliding-window.ts',
      '../registration/event-outbox.ts',
      'undici',
      'node:crypto',
    ],
  },
  {
    file: 'apps/server/src/http/wall.ts',
    keepsOut: [
      '../store/find.ts',
      '../partner/deposit-link.ts',
      '../recovery/recover-due.ts',
      '../compose.ts',
      'kysely',
      'pg',
    ],
    letsIn: [
      './doors.ts',
      '../registration/refusal.ts',
      '../config/config.ts',
      '@registration/shared',
      'fastify',
      'zod',
    ],
  },
  {
    file: 'apps/server/src/config/wall.ts',
    keepsOut: ['../store/secret-box.ts', '../http/doors.ts', '../compose.ts', 'fastify'],
    letsIn: ['./parsers.ts', 'zod', 'node:crypto'],
  },
  {
    file: 'apps/server/src/serve-wall.ts',
    keepsOut: [
      './store/create-store.ts',
      './partner/create-partner.ts',
      './recovery/create-recovery.ts',
      'kysely',
      'pg',
    ],
    letsIn: ['./compose.ts', './config/load-config.ts', './http/create-server.ts', 'pino'],
  },
  {
    file: 'apps/console/src/wall.ts',
    keepsOut: ['@registration/server/plugin', '@registration/sdk', '@registration/local-postgres', 'node:fs'],
    letsIn: ['./theme.ts', '@registration/shared', '@mantine/core', '@trpc/client'],
  },
  {
    file: 'packages/shared/src/wall.ts',
    keepsOut: ['@registration/sdk', '@registration/server/plugin', '../../sdk/src/index.ts', 'fastify', 'node:fs'],
    letsIn: ['./failures.ts', 'zod', '@trpc/server'],
  },
  {
    file: 'packages/sdk/src/wall.ts',
    keepsOut: ['@registration/server/plugin', '@registration/partner-sandbox', '../../shared/src/index.ts'],
    letsIn: ['./configure.ts', '@registration/shared', '@registration/shared/router', '@trpc/client'],
  },
]

/** Every way to write an import. */
const WAYS: Record<string, (name: string) => string> = {
  import: (name) => `import { a } from '${name}'\na()\n`,
  'type import': (name) => `import type { A } from '${name}'\nexport type B = A\n`,
  export: (name) => `export * from '${name}'\n`,
  'import when needed': (name) => `export const a = () => import('${name}')\n`,
}

const READS_ENVIRONMENT = 'export const { PORT } = process.env\n'
const MAY_NOT_READ = ['registration/env.ts', 'http/env.ts', 'config/env.ts', 'serve.ts', 'plugin.ts']

/** One import, written one way into a file of its own. */
const snippets = ROOMS.flatMap(({ file, keepsOut, letsIn }) =>
  [...keepsOut, ...letsIn].flatMap((name, index) =>
    Object.entries(WAYS).map(([way, write], wayIndex) => ({
      room: file,
      what: `${way} of ${name}`,
      path: file.replace('.ts', `-${index}-${wayIndex}.ts`),
      content: write(name),
    })),
  ),
)

describe('the walls between the rooms', () => {
  const folder = temporaryFolder()
  let objected: Set<string>

  beforeAll(async () => {
    for (const config of ['biome.json', 'biome-walls.json', '.gitignore'])
      copyFileSync(join(root, config), join(folder.path, config))
    const put = (path: string, content: string) => {
      mkdirSync(dirname(join(folder.path, path)), { recursive: true })
      writeFileSync(join(folder.path, path), content)
    }
    for (const { path, content } of snippets) put(path, content)
    for (const file of [...MAY_NOT_READ, 'main.ts']) put(`apps/server/src/${file}`, READS_ENVIRONMENT)
    put('apps/server/src/compose.ts', `export * from './store/find.ts'\nexport * from 'kysely'\n`)
    put('apps/server/src/registration/wall.test.ts', `import { fc } from 'fast-check'\nfc()\n`)
    objected = new Set((await objections(folder.path)).map(({ location }) => location.path))
  })
  afterAll(() => folder[Symbol.dispose]())

  it.each(ROOMS)('keep out of $file what is not for it, however it is written', ({ file, keepsOut }) => {
    const kept = snippets.filter(({ room, path }) => room === file && objected.has(path)).map(({ what }) => what)
    expect(kept).toEqual(keepsOut.flatMap((name) => Object.keys(WAYS).map((way) => `${way} of ${name}`)))
  })

  it('let compose.ts join the rooms, and tests take what they need', () => {
    expect(objected).not.toContain('apps/server/src/compose.ts')
    expect(objected).not.toContain('apps/server/src/registration/wall.test.ts')
  })

  it('let the entries alone read the environment', () => {
    for (const file of MAY_NOT_READ) expect(objected).toContain(`apps/server/src/${file}`)
    expect(objected).not.toContain('apps/server/src/main.ts')
  })
})
