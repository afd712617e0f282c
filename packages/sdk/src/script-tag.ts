import { configure } from './configure.ts'

export * from './compat.ts'
export * from './index.ts'

const script = globalThis.document?.currentScript as HTMLScriptElement | null | undefined

// <script src="…" data-endpoint="https://reg.example.com"> needs no configure().
configure({ endpoint: script?.dataset['endpoint'] })
