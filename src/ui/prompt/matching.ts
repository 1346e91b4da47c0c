/** Those that hold every word of the filter. */
export function matching(choices: readonly string[], filter: string): readonly string[] {
  const words = filter.toLowerCase().split(/\s+/)
  return choices.filter((choice) => words.every((word) => choice.toLowerCase().includes(word)))
}
