import { distance } from 'fastest-levenshtein'

/** The known word that a mistyped one was most likely meant to be; undefined where none is close. */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
  const most = Math.min(3, Math.floor(word.length / 2))
  return known
    .map((name) => ({ name, edits: distance(name.toLowerCase(), word.toLowerCase()) }))
    .filter(({ edits }) => edits <= most)
    .toSorted((one, other) => one.edits - other.edits)[0]?.name
}
