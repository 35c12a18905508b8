import type { Heading, PhrasingContent } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { splitFrontMatter } from "./front-matter.js";
import { piecesOf } from "./pieces.js";
import { NO_METADATA, type Reader } from "./reader.js";
import { MAX_DEPTH, type Section, sectionTexts } from "./sections.js";

/** Most characters that are parsed at once: the tree of a text takes many times its size. */
const PARSED_AT_ONCE = 2 << 20;

/**
 * Reads `.md` files. Each section under a heading of the first or second level becomes one text,
 * with its heading. Front matter is not part of the text. The text before the first heading is a
 * separate section.
 */
export const readMarkdown: Reader = async function* (file) {
  const { body } = splitFrontMatter(await file.text());
  yield* sectionTexts(markdownSections(body), "", NO_METADATA);
};

function* markdownSections(text: string): Generator<Section> {
  for (const source of piecesOf(text, PARSED_AT_ONCE)) {
    const headings = fromMarkdown(source).children.filter(
      (node): node is Heading => node.type === "heading" && node.depth <= MAX_DEPTH,
    );
    for (const [index, heading] of [null, ...headings].entries()) {
      const end = headings[index]?.position?.start.offset ?? source.length;
      yield {
        depth: heading?.depth ?? 0,
        name: heading === null ? "" : plainText(heading.children),
        anchor: null,
        body: source.slice(heading?.position?.end.offset ?? 0, end),
        text: source.slice(heading?.position?.start.offset ?? 0, end),
      };
    }
  }
}

function plainText(nodes: readonly PhrasingContent[]): string {
  return nodes
    .map((node) => ("value" in node ? node.value : "children" in node ? plainText(node.children) : ""))
    .join("");
}
