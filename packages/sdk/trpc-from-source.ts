import { existsSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { Options } from 'tsup'

type Plugin = NonNullable<Options['esbuildPlugins']>[number]

/** What stands in for files of `@trpc/client/src`: source code by the file's path in there. */
export type StandIns = Readonly<Record<string, string>>

/**
 * What a call in JSON needs of httpLink's choices: our own `fetch`, no binary input, and of an error only what the
 * server said or what was caught. The whole of them would cost 0.4 KB gzip, which are not there.
 * `test/trpc-from-source.test.ts` holds them to what they stand in for.
 */
export const STAND_INS: StandIns = {
  'getFetch.ts': 'export const getFetch = (fetch) => fetch',
  'links/internals/contentTypes.ts': 'export const isFormData = () => false; export const isOctetType = isFormData',
  'TRPCClientError.ts': `
    export const TRPCClientError = { from: (cause) => cause.error ? { data: cause.error.data } : { cause } }`,
}

const REMEDY = 'Compare packages/sdk/trpc-from-source.ts with the installed version of @trpc/client.'

/**
 * Bundles tRPC from its TypeScript sources, which it ships: compiled for older browsers than ours, as in its `dist`,
 * the same code is a quarter bigger. The build fails where a file with a stand-in is gone, or is no longer used in a
 * bundle that has tRPC's client in it.
 */
export function trpcFromSource(standIns: StandIns = STAND_INS): Plugin {
  return {
    name: 'trpc-from-source',
    setup(build) {
      const used = new Set<string>()
      let bundlesClient = false

      build.onStart(() => {
        used.clear()
        bundlesClient = false
        const client = sources('client')
        const gone = Object.keys(standIns).filter((file) => !existsSync(join(client, file)))
        return { errors: gone.map((file) => ({ text: `@trpc/client has no src/${file} any more. ${REMEDY}` })) }
      })
      build.onResolve({ filter: /^@trpc\// }, ({ path }) => {
        const [, name = '', entry = ''] = /^@trpc\/(\w+)\/(.+)$/.exec(path) ?? []
        const file = join(sources(name), entry === 'observable' ? 'observable/index.ts' : `${entry}.ts`)
        if (!existsSync(file)) return { errors: [{ text: `${path} does not come from ${file} any more. ${REMEDY}` }] }
        bundlesClient ||= name === 'client'
        return { path: file, sideEffects: false }
      })
      for (const [file, contents] of Object.entries(standIns)) {
        build.onLoad({ filter: new RegExp(`@trpc/client/src/${file.replaceAll('.', '\\.')}$`) }, () => {
          used.add(file)
          return { contents, loader: 'js' }
        })
      }
      build.onEnd(() => {
        const unused = bundlesClient ? Object.keys(standIns).filter((file) => !used.has(file)) : []
        return { errors: unused.map((file) => ({ text: `httpLink does not use src/${file} any more. ${REMEDY}` })) }
      })
    },
  }
}

function sources(name: string): string {
  return join(realpathSync(join(import.meta.dirname, 'node_modules/@trpc', name)), 'src')
}
