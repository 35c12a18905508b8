import { stands } from "../../../core/text/stands.js";
import { type About, aboutOf, FieldError, type Fields } from "./fields.js";
import { splitFrontMatter } from "./front-matter.js";
import { Boilerplate } from "./html/boilerplate.js";
import { pageSections } from "./html/render.js";
import { markdownPage } from "./markdown-page.js";
import { piecesOf } from "./pieces.js";
import type { Reader } from "./reader.js";
import { type Section, sectionTexts } from "./sections.js";

/** Most characters that are parsed at once: the tree of a text takes many times its size. */
const PARSED_AT_ONCE = 2 << 20;

/**
 * Reads `.md` files as a reader of the page sees them: without the marks of Markdown, without HTML
 * elements, images, comments and lists of links. Each section under a heading of the first or
 * second level becomes one text, with its heading. Rows of tables become lines `a | b`. Code keeps
 * its lines. The text before the first heading is a separate section.
 *
 * Front matter says something about all sections. Each of its facts belongs to the sections that
 * state it; a fact that no section states belongs to the first.
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
    const body = markdownPage(source);
    yield* pageSections(new Boilerplate(body), body);
  }
}
