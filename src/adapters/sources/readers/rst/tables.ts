/** True for the border of a simple table: two or more groups of equals signs. */
export function isBorder(line: string): boolean {
  return /^\s*=+(?: +=+)+\s*$/.test(line);
}

/**
 * Rows of a simple table, `a | b`. The table ends with its last border before an empty line.
 *
 * @param at line of the first border
 */
export function simpleTable(
  lines: readonly string[],
  at: number,
): { readonly rows: readonly string[]; readonly end: number } {
  const starts = [...(lines[at] as string).matchAll(/=+/g)].map(({ index }) => index);
  const rows: string[] = [];
  let end = at + 1;
  for (; end < lines.length; end += 1) {
    const line = lines[end] as string;
    if (isBorder(line)) {
      if ((lines[end + 1] ?? "").trim() === "") return { rows, end: end + 1 };
      continue;
    }
    if (line.trim() === "" || /^\s*-+(?: +-+)*\s*$/.test(line)) continue;
    const cells = starts.map((start, column) => line.slice(start, starts[column + 1]).trim());
    rows.push(cells.filter((cell) => cell !== "").join(" | "));
  }
  return { rows, end };
}

/**
 * A line of a grid table as `a | b`, a line of a line block as its text; null for a border or a
 * transition. Other lines are returned as they are.
 */
export function gridRow(line: string): string | null {
  if (/^\s*\+(?:[-=]+\+)+\s*$/.test(line) || /^([!-/:-@[-`{-~])\1{3,}\s*$/.test(line)) return null;
  const cells = /^\s*\|(?:\s+(.*\S))?\s*\|\s*$/.exec(line);
  if (cells !== null) {
    const filled = (cells[1] ?? "").split(/\s*\|\s*/).filter((cell) => cell !== "");
    return filled.join(" | ");
  }
  return line.replace(/^(\s*)\| (?=\S)/, "$1");
}
