/** The texts of a list of fields in docs/run-format.md: name or dotted path, and text. */
export type FieldTexts = ReadonlyMap<string, string>;

/**
 * Reads the lists of fields below a heading. One item may name several fields with one text. An
 * item of an inner list has the path of its outer field: `reasoner.taskId`.
 *
 * @param page docs/run-format.md
 * @param heading text of the heading, of any level; lists below deeper headings are included
 * @throws Error when the page has no such heading, or no field below it
 */
export function fieldTexts(page: string, heading: string): FieldTexts {
  const lines = page.split("\n");
  const start = lines.findIndex((line) => line.replace(/^#+ /, "") === heading && line.startsWith("#"));
  const level = /^#*/.exec(lines[start] ?? "")?.[0].length ?? 0;
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => /^#+ /.test(line) && (/^#*/.exec(line)?.[0].length ?? 0) <= level);
  const found = new Map<string, string>();
  let outer = "";
  for (const item of items(start < 0 ? [] : rest.slice(0, end < 0 ? undefined : end))) {
    const names = [...item.head.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "");
    for (const name of names) found.set(item.inner ? `${outer}.${name}` : name, plain(item.text));
    if (!item.inner) outer = names[0] ?? "";
  }
  if (found.size === 0) throw new Error(`docs/run-format.md lists no field below "${heading}"`);
  return found;
}

interface Item {
  readonly inner: boolean;
  /** The names, before the colon. */
  readonly head: string;
  readonly text: string;
}

function items(lines: readonly string[]): Item[] {
  const found: { inner: boolean; body: string }[] = [];
  for (const line of lines) {
    const begin = /^( *)- (.*)$/.exec(line);
    if (begin !== null) found.push({ inner: begin[1] !== "", body: begin[2] ?? "" });
    else if (/^ +\S/.test(line)) {
      const last = found.at(-1);
      if (last !== undefined) last.body += ` ${line.trim()}`;
    }
  }
  // Other items of lists, for example sentences, do not begin with names and a colon.
  return found.flatMap(({ inner, body }) =>
    // One item may have several sentences that each begin with a name.
    body.split(/(?<=\.) (?=`[^`]+`: )/).flatMap((part) => {
      const match = /^((?:`[^`]+`(?:, | and )?)+): (.*)$/.exec(part);
      return match === null ? [] : [{ inner, head: match[1] ?? "", text: match[2] ?? "" }];
    }),
  );
}

/** Markdown without links. */
const plain = (text: string): string => text.replaceAll(/\[([^\]]+)\]\([^)]+\)/g, "$1");
