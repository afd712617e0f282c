import { createHash } from 'node:crypto'

/** Draws a number from 0 to 1 for whatever is named: the same name gives the same number, in whatever order they are asked for. */
export type Draw = (what: string) => number

export function seededDraw(seed: number): Draw {
  return (what) => createHash('sha256').update(`${seed} ${what}`).digest().readUInt32BE() / 2 ** 32
}
