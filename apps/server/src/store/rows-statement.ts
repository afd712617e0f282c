import { type Compilable, CompiledQuery } from 'kysely'

/** Stands in a statement for the rows that it is about, as one JSON document. */
export const ROWS = '<rows>'

/**
 * A statement about rows, built and compiled once: Kysely takes longer to compile a batch's statement than pg takes to
 * send it. Its name stands before it, for the pool, which prepares what has one, and for whoever looks into the
 * database's own statistics.
 *
 * @param name unique, such as `insert-intents`
 */
export function rowsStatement<Result>(
  name: string,
  query: Compilable<Result>,
): (rows: readonly object[]) => CompiledQuery<Result> {
  const { sql, parameters } = query.compile()
  const named = `/* ${name} */ ${sql}`
  return (rows) => {
    const json = JSON.stringify(rows)
    return CompiledQuery.raw(
      named,
      parameters.map((parameter) => (parameter === ROWS ? json : parameter)),
    ) as CompiledQuery<Result>
  }
}
