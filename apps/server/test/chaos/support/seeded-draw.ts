import { createHash } from 'node:crypto'

/** Returns a pseudo-random number from 0 to 1 for a name: the same name gives the same number, in any order. */
export type Draw = (what: string) => number

export function seededDraw(seed: number): Draw {
  return (what) => createHash('sha256').update(`${seed} ${what}`).digest().readUInt32BE() / 2 ** 32
}
