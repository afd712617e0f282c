import { copyFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { run } from './run.ts'

export const RESOLUTIONS = ['bundler', 'node16', 'nodenext'] as const

/** `node` is how TypeScript before 4.7 finds modules: by `main`, `types` and `typesVersions`, without `exports`. */
export type Resolution = (typeof RESOLUTIONS)[number] | 'node'

const ours = createRequire(import.meta.url).resolve('typescript/bin/tsc')

/**
 * Compiles one of `test/consumers` in a project of its users, as strictly as can be: `skipLibCheck` is off, so that
 * the published declarations are checked as well; TypeScript's own take seconds and are not ours. Throws what the compiler
 * says.
 */
export async function typecheck(
  project: string,
  consumer: string,
  moduleResolution: Resolution,
  { tsc = ours, skipLibCheck = false } = {},
): Promise<void> {
  // The same once more as CommonJS, where the resolution tells them apart; but msw is an ES module only.
  const alsoCommonJs = moduleResolution.startsWith('node1') || moduleResolution === 'nodenext'
  const isCommonJs = alsoCommonJs && consumer !== 'page-test.ts'
  const files = isCommonJs ? [consumer, consumer.replace(/ts$/, 'cts')] : [consumer]
  for (const file of files) copyFileSync(join(import.meta.dirname, '../consumers', consumer), join(project, file))
  const config = `tsconfig.${moduleResolution}.${skipLibCheck}.json`
  writeFileSync(
    join(project, config),
    JSON.stringify({
      compilerOptions: {
        target: 'es2022',
        // The last one is for tRPC's declarations.
        lib: ['es2022', 'dom', 'dom.iterable', ...(moduleResolution === 'node' ? [] : ['esnext.disposable'])],
        types: [],
        module: { bundler: 'esnext', node: 'commonjs', node16: 'node16', nodenext: 'nodenext' }[moduleResolution],
        moduleResolution,
        strict: true,
        exactOptionalPropertyTypes: true,
        noEmit: true,
        skipLibCheck,
        skipDefaultLibCheck: true,
      },
      files,
    }),
  )
  await run(process.execPath, [tsc, '-p', config], { cwd: project })
}
