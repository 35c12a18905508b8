/**
 * Control characters other than tab and line feed, and the byte order mark: never part of what a
 * document says.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed
const UNPRINTABLE = /[\u0000-\u0008\u000b-\u001f\u007f\ufeff]/g;

/**
 * The text a document is stored, hashed and shown with: NFC, line feeds only, no control
 * characters, no trailing whitespace, at most one empty line in a row. Idempotent.
 */
export function normalizeText(text: string): string {
  return (
    text
      .replace(/\r\n?|[\u2028\u2029\u0085]/g, "\n")
      .replace(UNPRINTABLE, "")
      .normalize("NFC")
      // A pattern for white space before a line feed needs quadratic time in long white space.
      .split("\n")
      .map((line) => line.trimEnd())
      .join("\n")
      .replace(/\n{3,}/g, "\n\n")
      .trim()
  );
}
