import { NO_METADATA, type Reader } from "../reader.js";
import { MAX_DEPTH, type Section, sectionTexts } from "../sections.js";
import { plainBlocks } from "./blocks.js";
import { withoutInlineMarkup } from "./inline.js";

/** Spaces that a tab stands for, as in docutils. */
const TAB = 8;

/**
 * Reads `.rst` files. Each section under a heading of the first or second level becomes one text,
 * with its heading. The level of a heading is the order in which its underline first appears.
 */
export const readRst: Reader = async function* (file) {
  const lines = (await file.text()).split("\n").map((line) => withoutTabs(line).trimEnd());
  yield* sectionTexts(rstSections(lines), "", NO_METADATA);
};

/** A heading and the lines that it takes, `to` not included. */
interface RstHeading {
  readonly from: number;
  readonly to: number;
  readonly name: string;
  readonly depth: number;
}

function* rstSections(lines: readonly string[]): Generator<Section> {
  const headings = findHeadings(lines);
  const substitutions = new Map<string, string>();
  let next = 0;
  const starts = headings.filter(({ depth }) => depth <= MAX_DEPTH);
  for (const [index, heading] of [null, ...starts].entries()) {
    const from = heading?.to ?? 0;
    const to = starts[index]?.from ?? lines.length;
    const inner: RstHeading[] = [];
    for (let one = headings[next]; one !== undefined && one.from < to; one = headings[next]) {
      if (one.from >= from) inner.push(one);
      next += 1;
    }
    const state = { substitutions, comments: 0 };
    const body = plainBlocks(withPlainHeadings(lines, from, to, inner), state);
    const name = heading === null ? "" : withoutInlineMarkup(heading.name, substitutions);
    yield {
      depth: heading?.depth ?? 0,
      name,
      anchor: null,
      body,
      text: heading === null ? body : `${name}\n\n${body.trim()}`,
      comments: state.comments,
    };
  }
}

/** The lines of a section. The underlines of deeper headings are left out. */
function withPlainHeadings(
  lines: readonly string[],
  from: number,
  to: number,
  headings: readonly RstHeading[],
): string[] {
  const shown: string[] = [];
  let at = from;
  for (const heading of headings) {
    shown.push(...lines.slice(at, heading.from), heading.name);
    at = heading.to;
  }
  return [...shown, ...lines.slice(at, to)];
}

function findHeadings(lines: readonly string[]): RstHeading[] {
  const found: RstHeading[] = [];
  const styles: string[] = [];
  let at = 0;
  while (at < lines.length) {
    const heading = headingAt(lines, at);
    if (heading === null) {
      at += 1;
      continue;
    }
    const { style, ...place } = heading;
    if (!styles.includes(style)) styles.push(style);
    found.push({ ...place, depth: styles.indexOf(style) + 1 });
    at = heading.to;
  }
  return found;
}

const ADORNMENT = /^([!-/:-@[-`{-~])\1{2,}$/;

function headingAt(
  lines: readonly string[],
  at: number,
): (Omit<RstHeading, "depth"> & { style: string }) | null {
  const [first = "", second = "", third = ""] = lines.slice(at, at + 3);
  if ((lines[at - 1] ?? "").trim() !== "" || first.trim() === "") return null;
  if (ADORNMENT.test(first)) {
    const name = second.trim();
    if (third !== first || name === "" || ADORNMENT.test(name) || first.length < name.length) return null;
    return { from: at, to: at + 3, name, style: `${first[0]}${first[0]}` };
  }
  if (/^\s|^\.\. /.test(first) || !ADORNMENT.test(second)) return null;
  // docutils accepts a short underline of four or more signs with a warning.
  if (second.length < first.length && second.length < 4) return null;
  return { from: at, to: at + 2, name: first.trim(), style: second[0] ?? "" };
}

function withoutTabs(line: string): string {
  if (!line.includes("\t")) return line;
  let shown = "";
  for (const character of line)
    shown += character === "\t" ? " ".repeat(TAB - (shown.length % TAB)) : character;
  return shown;
}
