import { isConstant } from "./approximate.js";
import type { Node } from "./ast.js";

const INFINITY = "\u221e";

/** The names of the unknowns in a formula: all symbols but constants and infinity. */
export function unknownsOf(node: Node, found: Set<string> = new Set()): ReadonlySet<string> {
  switch (node.kind) {
    case "number":
      return found;
    case "symbol":
      if (!isConstant(node.name) && node.name !== INFINITY) found.add(node.name);
      return found;
    case "binary":
      unknownsOf(node.left, found);
      return unknownsOf(node.right, found);
    default:
      return unknownsOf(node.of, found);
  }
}

/** The name of a formula that is one unknown; null for others. */
export function unknownName(node: Node): string | null {
  return node.kind === "symbol" && unknownsOf(node).size === 1 ? node.name : null;
}

/** True for a formula without unknowns. */
export function isNumber(node: Node): boolean {
  return unknownsOf(node).size === 0;
}

export const INFINITE: Node = { kind: "symbol", name: INFINITY };
export const MINUS_INFINITE: Node = { kind: "negate", of: INFINITE };
