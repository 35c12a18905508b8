import type { Heading, Nodes, PhrasingContent, Root } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { stands } from "../../../core/text/stands.js";
import { type About, aboutOf, FieldError, type Fields } from "./fields.js";
import { splitFrontMatter } from "./front-matter.js";
import { piecesOf } from "./pieces.js";
import type { Reader } from "./reader.js";
import { MAX_DEPTH, type Section, sectionTexts } from "./sections.js";

/** Most characters that are parsed at once: the tree of a text takes many times its size. */
const PARSED_AT_ONCE = 2 << 20;

/**
 * Emphasis is found in quadratic time, and the place of headings and comments does not need it. It
 * is removed from the names of headings only.
 */
const WITHOUT_EMPHASIS = { extensions: [{ disable: { null: ["attention"] } }] };
/** Longest heading whose emphasis is removed, in characters. */
const LONGEST_HEADING = 1000;

/**
 * Reads `.md` files. Each section under a heading of the first or second level becomes one text,
 * with its heading. Front matter says something about all of them. Each of its facts belongs to the
 * sections that state it; a fact that no section states belongs to the first. The text before the
 * first heading is a separate section. Comments are left out.
 */
export const readMarkdown: Reader = async function* (file) {
  const { fields, body } = splitFrontMatter(await file.text());
  const about = frontMatterAbout(fields ?? {});
  if (about instanceof FieldError) {
    const detail = `In the front matter: ${about.message}`;
    yield { kind: "skip", reason: "malformed", fragment: "", detail };
    return;
  }
  const { title, metadata, unknown } = about;
  const items = [...sectionTexts(markdownSections(body), title, metadata, title)];
  const texts = items.filter((item) => item.kind === "text");
  const unstated = metadata.facts.filter((fact) => !texts.some(({ text }) => stands(fact, text)));
  for (const item of items) {
    if (item.kind === "skip") {
      yield item;
      continue;
    }
    const stated = metadata.facts.filter((fact) => stands(fact, item.text));
    const isFirst = item === texts[0];
    const facts = isFirst ? [...stated, ...unstated] : stated;
    yield { ...item, metadata: { ...metadata, facts }, ...(isFirst && { unknown }) };
  }
};
function frontMatterAbout(fields: Fields): About | FieldError {
  try {
    return aboutOf(fields);
  } catch (error) {
    if (error instanceof FieldError) return error;
    throw error;
  }
}

function* markdownSections(text: string): Generator<Section> {
  for (const source of piecesOf(text, PARSED_AT_ONCE)) {
    const tree = fromMarkdown(source, WITHOUT_EMPHASIS);
    const comments = commentsOf(tree, source);
    const headings = tree.children.filter(
      (node): node is Heading => node.type === "heading" && node.depth <= MAX_DEPTH,
    );
    let next = 0;
    for (const [index, heading] of [null, ...headings].entries()) {
      const from = heading?.position?.start.offset ?? 0;
      const below = heading?.position?.end.offset ?? 0;
      const to = headings[index]?.position?.start.offset ?? source.length;
      const own: Range[] = [];
      for (let one = comments[next]; one !== undefined && one.from < to; one = comments[next]) {
        own.push(one);
        next += 1;
      }
      yield {
        depth: heading?.depth ?? 0,
        name: heading === null ? "" : headingName(heading, source),
        anchor: null,
        body: sliceWithout(source, below, to, own),
        text: sliceWithout(source, from, to, own),
        comments: own.length,
      };
    }
  }
}

/** A part of a text, `to` not included. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/** Comments, which readers of the page do not see. Comments in code are a part of the code. */
function commentsOf(tree: Root, source: string): readonly Range[] {
  const found: Range[] = [];
  const left: Nodes[] = [tree];
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    if ("children" in node) left.push(...node.children);
    const [start, end] = [node.position?.start.offset, node.position?.end.offset];
    if (node.type !== "html" || start === undefined || end === undefined) continue;
    for (const match of source.slice(start, end).matchAll(/<!--[\s\S]*?(?:-->|$)/g)) {
      found.push({ from: start + match.index, to: start + match.index + match[0].length });
    }
  }
  return found.sort((one, other) => one.from - other.from);
}

function sliceWithout(source: string, from: number, to: number, left: readonly Range[]): string {
  let shown = "";
  let at = from;
  for (const range of left) {
    if (range.from < at || range.to > to) continue;
    shown += source.slice(at, range.from);
    at = range.to;
  }
  return shown + source.slice(at, to);
}

function headingName({ children, position }: Heading, source: string): string {
  const written = source.slice(position?.start.offset, position?.end.offset);
  const parsed = written.length > LONGEST_HEADING ? undefined : fromMarkdown(written).children[0];
  return plainText(parsed?.type === "heading" ? parsed.children : children);
}

function plainText(nodes: readonly PhrasingContent[]): string {
  return nodes
    .map((node) => ("value" in node ? node.value : "children" in node ? plainText(node.children) : ""))
    .join("");
}
