/** Sixty random bits in lower-case letters and digits that are not mistaken for each other. */
export function newId(): string {
  const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => alphabet[byte % 32]).join('')
}
