import type { Metadata, ReadText, Unread } from "./reader.js";

/** Headings of this depth or less begin a document. Deeper headings stay inside it. */
export const MAX_DEPTH = 2;

/** Detail of a section without text. */
const NO_TEXT = "Below its heading, the section has no text, or only images and lists of links.";

/** A part of a file: a heading of depth 1 or 2 with its text, or the text before all headings. */
export interface Section {
  /** 0 for the text before the first heading. */
  readonly depth: number;
  /** The heading without markup; empty at depth 0. */
  readonly name: string;
  /** Name of the place in the file; null when the place has none. */
  readonly anchor: string | null;
  /** The text below the heading. */
  readonly body: string;
  /** The text with its heading, as the document shows it. */
  readonly text: string;
  /** Number of comments that were removed from the text. Default: 0. */
  readonly comments?: number;
}

/**
 * One text for each section. A section of depth 2 has the heading above it in its title. A section
 * without text is skipped.
 *
 * @param pageTitle title of the text before the first heading
 * @param above title above all headings, when the file states it outside its text
 */
export function* sectionTexts(
  sections: Iterable<Section>,
  pageTitle: string,
  metadata: Metadata,
  above = "",
): Generator<ReadText | Unread> {
  const used = new Map<string, number>();
  let parent = above;
  for (const { depth, name, anchor, body, text, comments = 0 } of sections) {
    if (depth === 0) {
      if (comments > 0) yield removedComments("", comments);
      if (body.trim() !== "") yield { kind: "text", text, title: pageTitle, fragment: "", metadata };
      continue;
    }
    if (depth === 1) parent = name;
    const fragment = unique(anchor ?? slug(name), used);
    if (comments > 0) yield removedComments(fragment, comments);
    if (body.trim() === "") {
      // A title directly above its first section contains no text and is not counted as skipped.
      if (depth === MAX_DEPTH) yield { kind: "skip", reason: "no_text", fragment, detail: NO_TEXT };
      continue;
    }
    const title = depth === 1 || parent === "" ? name : `${parent}: ${name}`;
    yield { kind: "text", text, title, fragment, metadata };
  }
}

function removedComments(fragment: string, comments: number): Unread {
  const detail = comments === 1 ? "A comment was removed." : `${comments} comments were removed.`;
  return { kind: "skip", reason: "comment", fragment, detail };
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
