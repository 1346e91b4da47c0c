/**
 * Chooses for each thing the first of its forms that no other thing could be meant by, in whatever
 * case it is typed. Where every form is shared, that is its key, which is unlike any other key.
 */
export function distinctForms(
  things: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, string> {
  const owners = ownersOf(things)
  const isOwn = (form: string): boolean => form !== '' && owners.get(fold(form))?.size === 1
  return new Map([...things].map(([key, forms]) => [key, forms.find(isOwn) ?? key]))
}

function ownersOf(
  things: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, ReadonlySet<string>> {
  const owners = new Map<string, Set<string>>()
  for (const [key, forms] of things) {
    for (const form of [...forms, key]) {
      const known = owners.get(fold(form)) ?? new Set()
      owners.set(fold(form), known.add(key))
    }
  }
  return owners
}

/** Ids are compared without regard to case: Microsoft writes the same one both ways. */
export function fold(text: string): string {
  return text.toLowerCase()
}
