import fc from 'fast-check'

/** The part of JSON Schema that the OpenAPI document uses. */
export interface JsonSchema {
  $ref?: string
  type?: string
  properties?: Record<string, JsonSchema>
  required?: string[]
  additionalProperties?: boolean | JsonSchema
  anyOf?: JsonSchema[]
  oneOf?: JsonSchema[]
  pattern?: string
  minLength?: number
  maxLength?: number
}

/** Requests that are valid by the schema, as a client generated from the document sends them. */
export function requestOfSchema(schema: JsonSchema, definitions: Record<string, JsonSchema>): fc.Arbitrary<unknown> {
  const { $ref, type, properties = {}, required = [], anyOf, oneOf, pattern, minLength = 0, maxLength = 60 } = schema
  const of = (inner: JsonSchema) => requestOfSchema(inner, definitions)
  if ($ref !== undefined) return of(definitions[$ref.split('/').at(-1) ?? ''] ?? {})
  const choices = anyOf ?? oneOf
  if (choices) return fc.oneof(...choices.map(of))
  switch (type) {
    case 'string':
      if (pattern === undefined) return fc.string({ minLength, maxLength: Math.min(maxLength, 200) })
      // Only the e-mail's pattern has a look-ahead, which stringMatching does not support.
      if (pattern.includes('(?!')) return fc.emailAddress()
      return fc
        .stringMatching(new RegExp(pattern, 'u'))
        .filter((text) => text.length >= minLength && text.length <= maxLength)
    case 'object': {
      const members = Object.fromEntries(Object.entries(properties).map(([name, member]) => [name, of(member)]))
      if (Object.keys(members).length === 0)
        return fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 5 })
      return fc.record(members, { requiredKeys: required })
    }
    default:
      return fc.jsonValue()
  }
}
