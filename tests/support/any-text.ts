import fc from "fast-check";

const SURROGATES = { first: 0xd800, count: 0x800 };
const LAST = 0x10ffff;

/** A code point that is no half of a surrogate pair; half of them are ASCII. */
const codePoint = fc.oneof(
  fc.integer({ min: 0, max: 0x7f }),
  fc
    .integer({ min: 0, max: LAST - SURROGATES.count })
    .map((value) => (value < SURROGATES.first ? value : value + SURROGATES.count)),
);

/**
 * Any text, control characters and unassigned code points included. `fc.string({ unit: "binary" })`
 * gives such texts too, but it first makes a table of a million code points in each test file.
 */
export const anyText = (bounds: { readonly maxLength?: number } = {}): fc.Arbitrary<string> =>
  fc.array(codePoint, bounds).map((points) => String.fromCodePoint(...points));
