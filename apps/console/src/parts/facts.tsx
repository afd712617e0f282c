import type { ReactNode } from 'react'

/** Names and values. A value that isn't there is said to be missing rather than left out: nobody has to wonder. */
export function Facts({ facts, missing }: { facts: readonly (readonly [string, ReactNode])[]; missing: string }) {
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className="breaks">{value ?? <span className="missing">{missing}</span>}</dd>
        </div>
      ))}
    </dl>
  )
}
