import { MAX_DEPTH, type Section } from "../sections.js";
import type { Boilerplate } from "./boilerplate.js";
import { SectionBuilder } from "./section-builder.js";
import { attribute, type Element, elementsBelow, isElement, lineText, type Node, rawText } from "./tree.js";

/** Elements that are paragraphs of their own. */
const PARAGRAPHS = new Set(
  (
    "p div section article main header figure figcaption blockquote address details summary dl " +
    "ul ol h3 h4 h5 h6 hr fieldset center caption"
  ).split(" "),
);
/** Anchors of a page lie on the heading or on the elements around it. */
const ANCHOR_LEVELS = 3;

/**
 * The text of a page, by sections. Menus and other repeated parts are left out.
 *
 * @param content the element that contains the text
 */
export function pageSections(boilerplate: Boilerplate, content: Element): readonly Section[] {
  const renderer = new Renderer(boilerplate);
  renderer.children(content);
  return renderer.to.sections();
}

class Renderer {
  readonly to = new SectionBuilder();
  #lists = 0;
  /** Number of the next item of each ordered list. */
  readonly #numbers = new Map<Element, number>();

  constructor(private readonly boilerplate: Boilerplate) {}

  children(element: Element): void {
    for (const node of element.childNodes) this.#node(node);
  }

  #node(node: Node): void {
    if ("value" in node) this.to.words(node.value);
    else if (node.nodeName === "#comment") this.to.comment();
    else if (isElement(node) && !this.boilerplate.isLeftOut(node)) this.#element(node);
  }

  #element(element: Element): void {
    const { tagName } = element;
    const { to } = this;
    const depth = headingDepth(tagName);
    if (depth !== null && depth <= MAX_DEPTH) this.#heading(element, depth);
    else if (tagName === "br") to.endLine();
    else if (tagName === "pre" || tagName === "listing") to.literal(rawText(element));
    else if (tagName === "table") this.#table(element);
    else if (tagName === "math") to.words(attribute(element, "alttext") ?? lineText(element));
    else if (tagName === "q") this.#around('"', element, '"');
    else if (tagName === "sup") this.#raised(element);
    else if (tagName === "li") this.#item(element);
    else if (tagName === "dt" || tagName === "dd") {
      if (tagName === "dt") to.endParagraph();
      else to.endLine();
      this.children(element);
      to.endLine();
    } else if (PARAGRAPHS.has(tagName)) this.#paragraph(element);
    else this.children(element);
  }

  #heading(element: Element, depth: number): void {
    const name = this.#flat(element);
    if (name !== "") this.to.section(depth, name, anchorOf(element));
  }

  #paragraph(element: Element): void {
    const isList = element.tagName === "ul" || element.tagName === "ol";
    const isNested = isList && this.#lists > 0;
    if (isNested) this.to.endLine();
    else this.to.endParagraph();
    if (isList) this.#lists += 1;
    this.children(element);
    if (isList) this.#lists -= 1;
    if (isNested) this.to.endLine();
    else this.to.endParagraph();
  }

  #item(element: Element): void {
    const indent = "  ".repeat(Math.max(0, this.#lists - 1));
    this.to.mark(`${indent}${this.#sign(element)} `);
    this.children(element);
    this.to.mark("");
  }

  /** `-`, or the number of the item. */
  #sign(element: Element): string {
    const list = element.parentNode;
    if (list === null || !("tagName" in list) || list.tagName !== "ol") return "-";
    const number = this.#numbers.get(list) ?? (Number.parseInt(attribute(list, "start") ?? "1", 10) || 1);
    this.#numbers.set(list, number + 1);
    return `${number}.`;
  }

  /** Powers keep their meaning: 10 to the 6th is not 106. Marks of footnotes are left out. */
  #raised(element: Element): void {
    const text = lineText(element);
    for (const { tagName } of elementsBelow(element)) if (tagName === "a") return;
    this.to.words(/^[-+\u2212]?\d+$/.test(text) ? `^${text}` : text);
  }

  #around(before: string, element: Element, after: string): void {
    this.to.words(before);
    this.children(element);
    this.to.words(after);
  }

  #table(element: Element): void {
    if (isLayout(element)) {
      this.#paragraph(element);
      return;
    }
    this.to.endParagraph();
    for (const row of elementsBelow(element)) {
      if (row.tagName === "caption") this.to.literal(this.#flat(row));
      if (row.tagName !== "tr") continue;
      const cells = row.childNodes
        .filter(isElement)
        .filter(({ tagName }) => tagName === "td" || tagName === "th")
        .map((cell) => this.#flat(cell));
      if (cells.every((cell) => cell === "")) continue;
      this.to.words(cells.join(" | "));
      this.to.endLine();
    }
    this.to.endParagraph();
  }

  /** The text of an element on one line, without what is left out. */
  #flat(element: Element): string {
    const inner = new Renderer(this.boilerplate);
    inner.children(element);
    return inner.to
      .sections()
      .map(({ text }) => text)
      .join(" ")
      .replace(/\s+/g, " ")
      .trim();
  }
}

function headingDepth(tagName: string): number | null {
  return /^h[1-6]$/.test(tagName) ? Number(tagName[1]) : null;
}

/** A table that arranges a page, or code beside its line numbers, rather than data. */
function isLayout(table: Element): boolean {
  if (attribute(table, "role") === "presentation") return true;
  for (const { tagName } of elementsBelow(table)) {
    if (/^(?:table|pre|h[1-6])$/.test(tagName)) return true;
  }
  return false;
}

function anchorOf(heading: Element): string | null {
  for (const element of elementsBelow(heading)) {
    const id = attribute(element, "id");
    if (id !== null && id !== "") return id;
  }
  let element: Element | null = heading;
  for (let level = 0; level < ANCHOR_LEVELS && element !== null; level += 1) {
    const id = attribute(element, "id");
    if (id !== null && id !== "") return id;
    const above: Element["parentNode"] = element.parentNode;
    element =
      above !== null && "tagName" in above && /^(?:section|div|header)$/.test(above.tagName) ? above : null;
  }
  return null;
}
