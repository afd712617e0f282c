import { distance } from 'fastest-levenshtein'

/**
 * Finds names that were probably meant to be known ones: other case or separators, or one or two wrong letters.
 *
 * @returns pairs of the unknown name and the known one. Names that differ more belong to other programs.
 */
export function similarNames(names: readonly string[], known: readonly string[]): [name: string, meant: string][] {
  const isKnown = new Set(known)
  return names
    .filter((name) => !isKnown.has(name))
    .flatMap((name) => {
      const meant = known.find((candidate) => isSimilar(name, candidate))
      return meant === undefined ? [] : [[name, meant] satisfies [string, string]]
    })
}

/** A short name differs from other programs' by a letter or two: `PORTS`, `HOME`, and `DATABASE_PORT` of a Kubernetes service. */
const SHORT = 8
const MEDIUM = 15

function isSimilar(name: string, known: string): boolean {
  const [letters, knownLetters] = [lettersOf(name), lettersOf(known)]
  if (letters === knownLetters) return true
  if (known.length < SHORT) return false
  if (singular(letters) === singular(knownLetters)) return true
  return distance(letters, knownLetters) <= (known.length < MEDIUM ? 1 : 2)
}

function singular(letters: string): string {
  return letters.replace(/IES$/, 'Y').replace(/S$/, '')
}

function lettersOf(name: string): string {
  return name.toUpperCase().replace(/[^A-Z0-9]/g, '')
}
