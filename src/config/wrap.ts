/** Longest line of a generated page, in characters. */
const COLUMNS = 100;

/**
 * Splits a text into lines of at most 100 characters, also when a caller puts `indent` before the
 * first line. A word that is longer stays whole. All lines after the first begin with `indent`.
 */
export function wrap(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && longer.length + indent.length > COLUMNS) {
      lines.push(line);
      line = `${indent}${word}`;
    } else line = longer;
  }
  return [...lines, line];
}
