import { type Compilable, CompiledQuery } from 'kysely'

/** Stands in a statement for the rows that it is about, as one JSON document. */
export const ROWS = '<rows>'

/**
 * A statement about rows, built and compiled once: Kysely takes longer to compile a batch's statement than pg takes to
 * send it.
 */
export function rowsStatement<Result>(query: Compilable<Result>): (rows: readonly object[]) => CompiledQuery<Result> {
  const { sql, parameters } = query.compile()
  return (rows) => {
    const json = JSON.stringify(rows)
    return CompiledQuery.raw(
      sql,
      parameters.map((parameter) => (parameter === ROWS ? json : parameter)),
    ) as CompiledQuery<Result>
  }
}
