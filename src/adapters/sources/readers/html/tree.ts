import type { DefaultTreeAdapterTypes } from "parse5";

/** An element of a page. */
export type Element = DefaultTreeAdapterTypes.Element;
/** Any node of a page. */
export type Node = DefaultTreeAdapterTypes.ChildNode;

/** True for an element; false for text, comments and the document type. */
export function isElement(node: Node): node is Element {
  return "tagName" in node;
}

/** Value of an attribute; null when the element does not have it. */
export function attribute(element: Element, name: string): string | null {
  return element.attrs.find((one) => one.name === name)?.value ?? null;
}

/** All elements below a node, in the order of the page. */
export function* elementsBelow(root: { readonly childNodes: readonly Node[] }): Generator<Element> {
  const left = [...root.childNodes].reverse();
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    if (!isElement(node)) continue;
    yield node;
    for (let at = node.childNodes.length - 1; at >= 0; at -= 1) left.push(node.childNodes[at] as Node);
  }
}

/** The text below a node as it stands in the file. */
export function rawText(node: Node): string {
  const parts: string[] = [];
  const left: Node[] = [node];
  for (let one = left.pop(); one !== undefined; one = left.pop()) {
    if ("value" in one) parts.push(one.value);
    else if (isElement(one) && one.tagName === "br") parts.push("\n");
    else if (isElement(one)) left.push(...[...one.childNodes].reverse());
  }
  return parts.join("");
}

/** The text below a node on one line. */
export function lineText(node: Node): string {
  return rawText(node).replace(/\s+/g, " ").trim();
}
