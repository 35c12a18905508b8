/** Number of edits (insert, delete, replace, swap of two adjacent letters) between two words. */
export function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const above = rows[i - 1] as number[];
      const replace = (above[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let best = Math.min(replace, (above[j] as number) + 1, (row[j - 1] as number) + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, ((rows[i - 2] as number[])[j - 2] as number) + 1);
      }
      row.push(best);
    }
    rows.push(row);
  }
  return (rows[a.length] as number[])[b.length] as number;
}

/** Makes `learning_rate`, `LearningRate` and `learningRate` equal. */
const plain = (key: string): string => key.toLowerCase().replaceAll(/[^a-z0-9.]/g, "");

/**
 * The most probable known path for an unknown path; null when there is none. A similar name in the
 * same section is preferred to the same name in another section.
 */
export function suggest(unknown: string, known: readonly string[]): string | null {
  const cut = unknown.lastIndexOf(".");
  const section = unknown.slice(0, cut + 1);
  const leaf = plain(unknown.slice(cut + 1));
  let best: { path: string; score: number } | null = null;
  for (const path of known) {
    const end = path.lastIndexOf(".");
    const name = plain(path.slice(end + 1));
    const sameSection = path.slice(0, end + 1) === section;
    const distance = editDistance(leaf, name);
    if (distance > (sameSection ? Math.max(1, Math.floor(leaf.length / 3)) : 0)) continue;
    const score = distance + (sameSection ? 0 : 0.5);
    if (best === null || score < best.score) best = { path, score };
  }
  return best?.path ?? null;
}
