import MarkdownIt from "markdown-it";
import { parse } from "parse5";
import { type Element, elementsBelow } from "./html/tree.js";

/**
 * CommonMark with the tables and the crossed-out text of code hosts. HTML in Markdown becomes
 * elements of the page. It is parsed and never executed.
 */
const markdown = new MarkdownIt({ html: true });

/**
 * The page that a Markdown text describes, as the tree of its HTML.
 *
 * @returns the element `body`
 */
export function markdownPage(source: string): Element {
  // The start tag keeps comments at the beginning of the text inside the body.
  const page = parse(`<!doctype html><body>${markdown.render(source)}`);
  for (const element of elementsBelow(page)) if (element.tagName === "body") return element;
  throw new Error("A page always has a body.");
}
