import type { JsonObject } from './json-object.ts'
import { storableText } from './storable-text.ts'

const LONGEST = 1_000
/** Deeper than any framework puts its sentences. */
const DEEPEST = 4

/** Where partners put the sentence that is meant for people, the first that has one. */
const FIELDS = ['message', 'error', 'detail', 'title', 'errors'] as const
/** What else it is called in the members of a list of errors. */
const FIELDS_OF_ONE = [...FIELDS, 'msg', 'description', 'reason']

/** The partner's sentence for people, as a text, a list of texts, or an object of lists; `null` where there is none. */
export function sentenceIn(answer: JsonObject): string | null {
  for (const field of FIELDS) {
    const sentence = joined(textsIn(answer[field], DEEPEST))
    if (sentence !== null) return sentence
  }
  return null
}

/** A text of the partner's, fit to store and to show. */
export function partnerSentence(text: unknown): string | null {
  if (typeof text !== 'string') return null
  return (
    storableText(text)
      .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
      .trim()
      .slice(0, LONGEST)
      .toWellFormed() || null
  )
}

function textsIn(value: unknown, depth: number): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null || depth === 0) return []
  if (Array.isArray(value)) return value.flatMap((item) => textsIn(item, depth - 1))
  const object = value as JsonObject
  // One error says what it is about, beside its sentence; an object of lists has nothing but sentences, by field.
  const named = FIELDS_OF_ONE.find((field) => textsIn(object[field], depth - 1).length > 0)
  return named ? textsIn(object[named], depth - 1) : Object.values(object).flatMap((item) => textsIn(item, depth - 1))
}

function joined(texts: string[]): string | null {
  const sentences = texts.flatMap((text) => partnerSentence(text) ?? [])
  const inAll = sentences.reduce((all, next) => `${all}${/[.!?…;]$/.test(all) ? '' : ';'} ${next}`, '')
  return partnerSentence(inAll.replace(/^; /, ''))
}
