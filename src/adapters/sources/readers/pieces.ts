/**
 * Cuts a long text into pieces of at most `most` characters. A piece ends after an empty line where
 * possible, else after a line, else after a space, else anywhere but inside a character. Together
 * the pieces are the text.
 */
export function* piecesOf(text: string, most: number): Generator<string> {
  let start = 0;
  while (text.length - start > most) {
    const end = lastCut(text, start, start + most);
    yield text.slice(start, end);
    start = end;
  }
  yield text.slice(start);
}

function lastCut(text: string, start: number, end: number): number {
  const window = text.slice(start, end);
  for (const boundary of ["\n\n", "\n", " "]) {
    const at = window.lastIndexOf(boundary);
    // A cut near the beginning would leave many small pieces.
    if (at > window.length / 2) return start + at + boundary.length;
  }
  const insidePair = /[\udc00-\udfff]/.test(text.charAt(end)) && /[\ud800-\udbff]/.test(text.charAt(end - 1));
  return insidePair ? end - 1 : end;
}
