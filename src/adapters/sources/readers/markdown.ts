import { readFile } from "node:fs/promises";
import type { Heading, PhrasingContent } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { decodeText } from "./decode.js";
import type { Reader } from "./reader.js";

/** Headings of this depth or less begin a document. Deeper headings stay inside it. */
const MAX_DEPTH = 2;

/**
 * Reads `.md` files. Each section under a heading of the first or second level becomes one text,
 * with its heading. Front matter is left out. The text before the first heading is a separate
 * section.
 */
export const readMarkdown: Reader = async function* (path) {
  const source = withoutFrontMatter(decodeText(await readFile(path), path).replace(/\r\n?/g, "\n"));
  const headings = fromMarkdown(source).children.filter(
    (node): node is Heading => node.type === "heading" && node.depth <= MAX_DEPTH,
  );
  const used = new Map<string, number>();
  let parent = "";
  for (const [index, heading] of [null, ...headings].entries()) {
    const end = headings[index]?.position?.start.offset ?? source.length;
    const text = source.slice(heading?.position?.start.offset ?? 0, end);
    if (heading === null) {
      if (text.trim() !== "") yield { ...NO_METADATA, text, title: "", fragment: "" };
      continue;
    }
    const name = plainText(heading.children);
    if (heading.depth === 1) parent = name;
    const body = source.slice(heading.position?.end.offset ?? 0, end);
    const fragment = unique(slug(name), used);
    if (body.trim() === "") {
      // A title directly above its first section contains no text and is not counted as skipped.
      if (heading.depth === MAX_DEPTH)
        yield { kind: "skip", reason: "no_text", fragment, detail: "The section is only a heading." };
      continue;
    }
    const title = heading.depth === 1 || parent === "" ? name : `${parent}: ${name}`;
    yield { ...NO_METADATA, text, title, fragment };
  }
};

const NO_METADATA = { kind: "text", url: null, licence: null, language: null } as const;

/** Removes YAML between `---` lines at the beginning of the file. */
function withoutFrontMatter(text: string): string {
  return text.replace(/^---[^\S\n]*\n(?:[^\n]*\n)*?(?:---|\.\.\.)[^\S\n]*(?:\n|$)/, "");
}

function plainText(nodes: readonly PhrasingContent[]): string {
  return nodes
    .map((node) => ("value" in node ? node.value : "children" in node ? plainText(node.children) : ""))
    .join("");
}

function slug(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-|-$/g, "");
}

/** Numbers repeated headings, `usage`, `usage-1`, as code hosts do. */
function unique(name: string, used: Map<string, number>): string {
  const times = used.get(name) ?? 0;
  used.set(name, times + 1);
  return times === 0 ? name : `${name}-${times}`;
}
