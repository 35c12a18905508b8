import { parse } from "parse5";
import { decodeFile } from "../decode.js";
import type { Reader } from "../reader.js";
import { sectionTexts } from "../sections.js";
import { Boilerplate } from "./boilerplate.js";
import { pageAbout } from "./page-about.js";
import { pageSections } from "./render.js";
import { type Element, elementsBelow } from "./tree.js";

/** Most bytes of a page: the tree of a page takes 30 times its size in memory. */
const MOST_BYTES = 64 << 20;

/**
 * Reads `.html` files. Menus, headers, footers, forms and lists of links are left out. Each section
 * under a heading of the first or second level becomes one text, with its heading. Rows of tables
 * become lines `a | b`. Preformatted text keeps its lines.
 */
export const readHtml: Reader = async function* (file) {
  const bytes = await file.bytes(MOST_BYTES);
  const source = decodeFile(bytes, file.path, declaredEncoding(bytes));
  const page = parse(isXml(source) ? withEndTags(source) : source);
  const elements = [...elementsBelow(page)];
  const body = elements.find(({ tagName }) => tagName === "body" || tagName === "frameset") as Element;
  const { title, ...metadata } = pageAbout(elements);
  const boilerplate = new Boilerplate(body);
  let texts = 0;
  for (const item of sectionTexts(pageSections(boilerplate, boilerplate.content()), title, metadata)) {
    yield item;
    texts += 1;
  }
  if (texts === 0) {
    const detail = "The page has no text besides menus and lists of links.";
    yield { kind: "skip", reason: "no_text", fragment: "", detail };
  }
};

/** The encoding that a page states in its first 1024 bytes, as browsers look for it. */
function declaredEncoding(bytes: Buffer): string | null {
  const head = bytes.toString("latin1", 0, 1024);
  return /(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]+)/i.exec(head)?.[1] ?? null;
}

function isXml(source: string): boolean {
  return /^\ufeff?\s*<\?xml\b/.test(source);
}

const VOID = /^(?:area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr)$/i;

/** Writes `<a id="x"/>` of XML as `<a id="x"></a>`: in HTML the short form begins an element. */
function withEndTags(source: string): string {
  return source.replace(
    /<([A-Za-z][\w:-]*)(?![\w:-])([^<>]*)\/>/g,
    (whole, name: string, attributes: string) =>
      VOID.test(name) ? whole : `<${name}${attributes}></${name}>`,
  );
}
