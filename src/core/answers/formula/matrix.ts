import { rational } from "../rational.js";
import { LIMITS, type Node, type Statement } from "./ast.js";
import { enclosed, splitAt } from "./brackets.js";
import { parseNode } from "./parser.js";
import type { Token } from "./tokens.js";

/** Rows of the largest determinant that is multiplied out. */
const MAX_DETERMINANT = 4;

/**
 * Reads a matrix of values. Round, square and curly brackets mean the same. Straight lines make a
 * determinant, which is a value. Null for other texts.
 */
export function readMatrix(tokens: readonly Token[]): Statement | null {
  const outer = enclosed(tokens);
  // \left(\begin{matrix} ... \end{matrix}\right) has its brackets outside.
  const isWrapped = outer?.open === "(" || outer?.open === "[";
  const whole = isWrapped ? enclosed(outer.inner) : outer;
  if (
    whole === null ||
    (isWrapped && whole.open.includes("vmatrix")) ||
    !whole.open.startsWith("\\begin") ||
    whole.open.includes("V")
  )
    return null;
  const lines = splitAt(whole.inner, (text) => text === "row")?.parts ?? [];
  const used = lines.at(-1)?.length === 0 ? lines.slice(0, -1) : lines;
  const rows: Node[][] = [];
  for (const line of used) {
    const cells = (splitAt(line, (text) => text === "&")?.parts ?? []).map(parseNode);
    if (cells.length === 0 || cells.length > LIMITS.matrix || cells.includes(null)) return null;
    rows.push(cells as Node[]);
  }
  const columns = rows[0]?.length ?? 0;
  if (columns === 0 || rows.length > LIMITS.matrix || rows.some((row) => row.length !== columns)) return null;
  if (!whole.open.includes("vmatrix")) return { kind: "matrix", rows };
  return rows.length === columns && columns <= MAX_DETERMINANT
    ? { kind: "value", node: determinant(rows) }
    : null;
}

function determinant(rows: readonly (readonly Node[])[]): Node {
  const [first = [], ...others] = rows;
  if (others.length === 0) return first[0] as Node;
  return first.reduce<Node>(
    (sum, left, column) => {
      const minor = determinant(others.map((row) => row.filter((_, index) => index !== column)));
      const product: Node = { kind: "binary", operator: "*", left, right: minor };
      return { kind: "binary", operator: column % 2 === 0 ? "+" : "-", left: sum, right: product };
    },
    { kind: "number", value: rational(0n) },
  );
}
