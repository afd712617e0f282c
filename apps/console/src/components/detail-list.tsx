import type { ReactNode } from 'react'

/** A list of names and values. An absent value is shown as missing instead of being left out. */
export function DetailList({
  details,
  missing,
}: {
  details: readonly (readonly [string, ReactNode])[]
  missing: string
}) {
  return (
    <dl className="detail-list">
      {details.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className="breaks">{value ?? <span className="missing">{missing}</span>}</dd>
        </div>
      ))}
    </dl>
  )
}
