import { setUpError } from './registration-error.ts'

/** A value as old pages hold it: blank means absent, numbers are as good as strings. */
export type Loose = string | number | null | undefined

/**
 * What the page's URL said about where the visitor came from, by name; `trafficParamsFromUrl()` reads it. Blank ones are left
 * out.
 */
export interface LooseTrafficParams {
  tag?: Loose
  pb?: Loose
  click_id?: Loose
  /** A path on the partner's site, such as `/bonus`. */
  custom_login_link?: Loose
  [name: string]: unknown
}

/**
 * Where parameters may come from: an object of them (of any type, interfaces too), a query string, `URLSearchParams`, `FormData`,
 * or pairs of name and value.
 */
export type TrafficParamsInput = LooseTrafficParams | object | string | null | undefined

/** What the server takes: names of letters, digits and `_ . -`, at most 40 of them, with values of at most 2,048 characters. */
const NAME = /^[\w.-]{1,64}$/
const MAX_PARAMS = 40
const MAX_CHARACTERS = 2048

/** These are kept where there are too many. */
const FIRST = ['tag', 'pb', 'click_id', 'custom_login_link']

/** A whole address, a path with a query, or a query string with or without its question mark. */
const QUERY = /^https?:\/\/|^\/[^?]*\?|^\?|^[\w.%[\]-]+=/

/** Whether it can only be meant as traffic parameters, whichever argument it came as. */
export function looksLikeParams(value: unknown): boolean {
  return typeof value === 'string' ? QUERY.test(value) : typeof value === 'object' && value !== null
}

/** What was said, trimmed; an empty string for what says nothing. `undefined` is neither: lists, objects, functions. */
export function textOf(value: unknown): string | undefined {
  if (value === null || value === undefined || value === false || Number.isNaN(value)) return ''
  const isText = ['string', 'number', 'bigint'].includes(typeof value) || kindOf(value) === 'String'
  return isText ? String(value).trim() : undefined
}

/** Such as `URLSearchParams`, whichever realm it comes from. */
export function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1)
}

/** Reads parameters from whatever holds them. */
export function readTrafficParams(given: unknown): Record<string, string> {
  const found = new Map<string, string>()
  for (const [name, value] of entriesOf(given)) {
    const key = String(name)
    // A name that comes twice counts once, as a query string that is parsed into lists.
    const first: unknown = Array.isArray(value) ? value[0] : value
    const text = first === true ? 'true' : textOf(first)
    if (text && NAME.test(key) && !found.has(key)) found.set(key, text.slice(0, MAX_CHARACTERS))
  }
  const isFirst = ([name]: [string, string]) => FIRST.includes(name)
  const all = [...found]
  return Object.fromEntries(
    all
      .filter(isFirst)
      .concat(all.filter((entry) => !isFirst(entry)))
      .slice(0, MAX_PARAMS),
  )
}

/** The parameters of an address, in which `r` stands for `custom_login_link` without its slash. */
export function queryEntries(query: string): [string, string][] {
  const [, search = query] = /^[^?#]*\?([^#]*)/.exec(query) ?? []
  return addressEntries(new URLSearchParams(search.replace(/#.*$/s, '')))
}

function addressEntries(params: Iterable<[string, string]>): [string, string][] {
  const entries: [string, string][] = []
  for (const [name, value] of params)
    entries.push(name === 'r' && value ? ['custom_login_link', `/${value}`] : [name, value])
  return entries
}

function entriesOf(given: unknown): Iterable<readonly [unknown, unknown]> {
  const text = textOf(given)
  if (text === '') return []
  const kind = kindOf(given)
  if (text !== undefined && typeof given !== 'number' && looksLikeParams(text)) return queryEntries(text)
  if (kind === 'URL' || kind === 'Location') return queryEntries(String(given))
  if (kind === 'URLSearchParams') return addressEntries(given as URLSearchParams)
  const { then, [Symbol.iterator]: iterator } = Object(given) as PromiseLike<unknown> & Iterable<unknown>
  if (text === undefined && typeof iterator === 'function') return pairsOf(given as Iterable<unknown>)
  if (kind === 'Object' && typeof then !== 'function') return Object.entries(given as object)
  throw setUpError(
    `trafficParams must be an object, a query string, URLSearchParams or FormData, not ${described(given)}.`,
  )
}

function pairsOf(given: Iterable<unknown>): (readonly [unknown, unknown])[] {
  const pairs = [...given]
  for (const pair of pairs) {
    if (!Array.isArray(pair)) throw setUpError(`trafficParams must hold pairs, not ${described(pair)}.`)
  }
  return pairs as [unknown, unknown][]
}

/** How a sentence names a value that came as the wrong argument. Never its content, which may be personal. */
export function described(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value !== 'object') return `a ${typeof value}`
  return kindOf(value) === 'Object' ? 'an object' : `a ${kindOf(value)}`
}
