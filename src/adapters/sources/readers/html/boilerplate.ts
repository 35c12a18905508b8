import { attribute, type Element, elementsBelow, isElement, rawText } from "./tree.js";

/** Elements that never belong to the text of a page. */
const NEVER = new Set(
  (
    "script style template noscript head nav footer aside form button select input textarea iframe " +
    "object embed svg canvas video audio map dialog rt rp"
  ).split(" "),
);
const ROLES = new Set(["navigation", "banner", "contentinfo", "search", "complementary", "menu", "dialog"]);
/** A class or an id of a menu, a footer or another part that is repeated on each page. */
const REPEATED =
  /^(?:[\w-]*[-_])?(?:nav|navbar|navigation|docnav|navbox|navheader|navfooter|menu|sidebar|sphinxsidebar|breadcrumbs?|footer|toc|banner|pagination|pager|cookies?|skip|noprint|editsection|catlinks|related|printfooter)(?:[-_][\w-]*)?$/i;
/** A sign beside a heading that leads to the heading itself. */
const PERMALINK = /^(?:headerlink|permalink|anchor-?link|anchorjs-link|heading-anchor|footnote-backref)$/i;
/** Lists and groups that are left out when they are mostly links. */
const LINK_GROUPS = new Set(["ul", "ol", "dl", "table", "p", "div", "section"]);

/** Decides which elements of one page belong to its text. */
export class Boilerplate {
  readonly #lengths = new Map<Element, { readonly text: number; readonly links: number }>();

  /** @param body the element that holds the whole page */
  constructor(private readonly body: Element) {}

  /** The element that holds the text: `main`, the only `article`, or the body. */
  content(): Element {
    let article: Element | null = null;
    let articles = 0;
    for (const element of elementsBelow(this.body)) {
      if (element.tagName === "main" || attribute(element, "role") === "main") return element;
      if (element.tagName === "article") {
        articles += 1;
        article = element;
      }
    }
    return articles === 1 && article !== null ? article : this.body;
  }

  /** True when the element is a menu, a footer, hidden, or a list of links. */
  isLeftOut(element: Element): boolean {
    const { tagName } = element;
    if (NEVER.has(tagName) || ROLES.has(attribute(element, "role") ?? "")) return true;
    if (isHidden(element)) return true;
    if (tagName === "header") return !hasTitle(element);
    const names = [...(attribute(element, "class") ?? "").split(/\s+/), attribute(element, "id") ?? ""];
    if (tagName === "a") return names.some((name) => PERMALINK.test(name));
    if (names.some((name) => REPEATED.test(name)) && this.#isSmallPart(element)) return true;
    return LINK_GROUPS.has(tagName) && this.#isListOfLinks(element);
  }

  /** A class such as `has-sidebar` of the element that holds most of the page is no menu. */
  #isSmallPart(element: Element): boolean {
    return 2 * this.#length(element).text < this.#length(this.body).text && !hasTitle(element);
  }

  #isListOfLinks(element: Element): boolean {
    const { text, links } = this.#length(element);
    const isList = /^(?:ul|ol|dl|table)$/.test(element.tagName);
    if (text === 0 || links < (isList ? 0.7 : 0.8) * text) return false;
    let count = 0;
    for (const { tagName } of elementsBelow(element)) {
      if (tagName === "a") count += 1;
      // A heading with links below it is still a heading of the page.
      if (/^(?:h[1-6]|pre)$/.test(tagName)) return false;
    }
    return count >= (isList ? 2 : 3);
  }

  /** Characters below an element, and those of them in links, without white space. */
  #length(element: Element): { readonly text: number; readonly links: number } {
    const known = this.#lengths.get(element);
    if (known !== undefined) return known;
    let [text, links] = [0, 0];
    for (const node of element.childNodes) {
      if ("value" in node) text += dense(node.value);
      if (!isElement(node) || NEVER.has(node.tagName)) continue;
      const inner = this.#length(node);
      text += inner.text;
      links += node.tagName === "a" && attribute(node, "href") !== null ? inner.text : inner.links;
    }
    const length = { text, links };
    this.#lengths.set(element, length);
    return length;
  }
}

function dense(text: string): number {
  return text.replace(/\s+/g, "").length;
}

function isHidden(element: Element): boolean {
  if (attribute(element, "hidden") !== null || attribute(element, "aria-hidden") === "true") return true;
  return /(?:display\s*:\s*none|visibility\s*:\s*hidden)/i.test(attribute(element, "style") ?? "");
}

function hasTitle(element: Element): boolean {
  for (const one of elementsBelow(element)) {
    if (/^h[12]$/.test(one.tagName) && rawText(one).trim() !== "") return true;
    if (one.tagName === "main") return true;
  }
  return false;
}
