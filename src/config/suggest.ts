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

/** Most paths that are suggested for one unknown path. */
const MOST = 6;

/**
 * The most probable known paths for an unknown path, equally probable paths together; empty when no
 * path is similar. A similar name in the same section comes first. Without one, these come: a
 * similar name in a section whose own name is similar, then a similar name in any section. A name
 * without a section may have been meant for any section that has this name.
 */
export function suggest(unknown: string, known: readonly string[]): readonly string[] {
  const written = split(unknown);
  const near = known.flatMap((path) => {
    const { section, name } = split(path);
    const distance = difference(written.name, name, section === written.section);
    return distance === null ? [] : [{ path, distance, section }];
  });
  const inside = nearest(near.filter(({ section }) => section === written.section));
  const outside = near
    .filter(({ section }) => section !== written.section)
    .map((one) => ({ ...one, distance: one.distance + sectionDifference(written.section, one.section) }));
  if (inside.length === 0) return nearest(outside).slice(0, MOST);
  const exact = written.section === "" ? outside.filter(({ distance }) => distance < 1) : [];
  const isExact = inside.some((path) => plain(path) === plain(unknown));
  return [...inside, ...(isExact ? [] : nearest(exact))].slice(0, MOST);
}

/** The paths with the smallest distance. */
function nearest(paths: readonly { readonly path: string; readonly distance: number }[]): readonly string[] {
  const best = Math.min(...paths.map(({ distance }) => distance));
  return paths.filter(({ distance }) => distance === best).map(({ path }) => path);
}

/** Suggested paths as a part of a sentence: "`a`, `b` or `c`". */
export function alternatives(paths: readonly string[]): string {
  const quoted = paths.map((path) => `\`${path}\``);
  return quoted.length < 2 ? quoted.join("") : `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
}

/** Edits between two names that are similar; null for other names. */
function difference(written: string, name: string, sameSection: boolean): number | null {
  const [one, other] = [plain(written), plain(name)];
  const { length } = one;
  // In another section a name of one or two letters is similar to too many names.
  const allowed = sameSection ? Math.max(1, length / 3) : length < 3 ? 0 : Math.max(1, length / 4);
  const distance =
    Math.abs(length - other.length) > allowed ? Number.POSITIVE_INFINITY : editDistance(one, other);
  if (distance <= allowed) return distance;
  return isShortFor(written, name) ? 1 : null;
}

/** How much a similar name in another section counts less: below 1, so that an exact name wins. */
function sectionDifference(written: string, section: string): number {
  return editDistance(plain(written), plain(section)) <= written.length / 3 ? 0.25 : 0.5;
}

/** Whether each word of a name is short for the word of another name: `docsPerStep`. */
function isShortFor(short: string, name: string): boolean {
  // The first letters are compared first, because the words take time to find.
  if (short[0]?.toLowerCase() !== name[0]?.toLowerCase()) return false;
  const [few, all] = [words(short), words(name)];
  // A name of one word would be short for too many names.
  return (
    few.length > 1 &&
    few.length === all.length &&
    few.every((word, index) => shortens(word, all[index] ?? ""))
  );
}

/** Whether a word has the first letter of another word, and its letters in their order. */
function shortens(short: string, word: string): boolean {
  if (short[0] !== word[0]) return false;
  let at = 0;
  for (const letter of word) if (letter === short[at]) at += 1;
  return at === short.length;
}

const words = (name: string): string[] =>
  name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/);

function split(path: string): { readonly section: string; readonly name: string } {
  const cut = path.lastIndexOf(".");
  return { section: path.slice(0, Math.max(0, cut)), name: path.slice(cut + 1) };
}
