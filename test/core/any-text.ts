import fc from 'fast-check'

const anyUnit = fc.oneof(
  fc.integer({ min: 0, max: 0xffff }),
  // Control characters, quotes and what is hidden turn up by chance too seldom.
  fc.integer({ min: 0, max: 0x9f }),
  fc.constantFrom(0x1b, 0x0a, 0x200b, 0x202e, 0x2028, 0xfeff, 0xd83d, 0xde91, 0x00ad),
)

/** Any text that JavaScript can hold, halves of surrogate pairs included. */
export function anyText(maxLength = 40): fc.Arbitrary<string> {
  return fc
    .array(anyUnit, { maxLength })
    .map((units) => units.map((unit) => String.fromCharCode(unit)).join(''))
}
