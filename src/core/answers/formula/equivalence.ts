import type { Node, RelationSign, Statement } from "./ast.js";
import { type Context, difference, type Form, normalForm } from "./normal-form.js";
import { type Polynomial, PRIME_ROOT, ratioOf, times } from "./polynomial.js";
import { vanishes } from "./vanishing.js";

/** Largest number of products of terms in one comparison. They take a few milliseconds. */
const PRODUCTS = 2_500;

/** True when everything in the statement is defined and within the limits. */
export function isDefined(statement: Statement): boolean {
  const nodes = statement.kind === "value" ? [statement.node] : statement.items;
  const context = newContext();
  return nodes.every((node) => normalForm(node, context) !== null);
}

/**
 * Compares two answers; `undecided` when the comparison exceeds its budget. `x = 5` equals 5. Other
 * relations, and brackets, equal only their own kind.
 */
export function compareStatements(gold: Statement, given: Statement): "same" | "different" | "undecided" {
  const context = newContext();
  if (sameStatement(gold, given, context)) return "same";
  return context.budget.products < 0 ? "undecided" : "different";
}

function sameStatement(gold: Statement, given: Statement, context: Context): boolean {
  const [one, other] = [valueNode(gold), valueNode(given)];
  if (gold.kind === "relation" && given.kind === "relation") return sameRelation(gold, given, context);
  if (one !== null && other !== null) return sameValue(one, other, context);
  return gold.kind === "group" && given.kind === "group" && sameGroup(gold, given, context);
}

type Relation = Extract<Statement, { kind: "relation" }>;
type Group = Extract<Statement, { kind: "group" }>;

/** The value of a statement, or the value that it gives to a symbol; null for others. */
function valueNode(statement: Statement): Node | null {
  if (statement.kind === "value") return statement.node;
  if (statement.kind === "group" || statement.signs.length !== 1 || statement.signs[0] !== "=") return null;
  return statement.items[0]?.kind === "symbol" ? (statement.items[1] ?? null) : null;
}

function newContext(): Context {
  return { budget: { products: PRODUCTS }, generators: new Map() };
}

function sameValue(one: Node, other: Node, context: Context): boolean {
  const a = normalForm(one, context);
  const b = a === null ? null : normalForm(other, context);
  if (a === null || b === null) return false;
  const off = difference(a, b, context.budget);
  if (off === null) return false;
  if (off.size === 0) return true;
  return !isExact(off) && vanishes(off, context.generators);
}

/**
 * True when the generators are independent over Q: symbols, and square roots of distinct primes. A
 * polynomial in them that is not zero also has values that are not zero. Other generators can
 * depend on each other: sin(x)^2 + cos(x)^2 is 1.
 */
function isExact(polynomial: Polynomial): boolean {
  for (const { factors } of polynomial.values()) {
    for (const [name] of factors) {
      if (name.startsWith(`${PRIME_ROOT}2:`)) continue;
      if (name.includes("(") || name.startsWith(PRIME_ROOT)) return false;
    }
  }
  return true;
}

/**
 * Compares two chains of relations. Both are read upwards. They are equal when their signs are
 * equal and their sides differ by one factor, which must be positive for inequalities.
 */
function sameRelation(gold: Relation, given: Relation, context: Context): boolean {
  const [one, other] = [upwards(gold), upwards(given)];
  if (one.signs.join() !== other.signs.join()) return false;
  if (one.signs.length > 1)
    return one.items.every((item, index) => sameValue(item, other.items[index] as Node, context));
  const [a, b] = [sides(one, context), sides(other, context)];
  if (a === null || b === null) return false;
  const [top, bottom] = [times(a.top, b.bottom, context.budget), times(b.top, a.bottom, context.budget)];
  const ratio = top === null || bottom === null ? null : ratioOf(top, bottom);
  if (ratio === null) return false;
  const symmetric = one.signs[0] === "=" || one.signs[0] === "!=";
  return symmetric || ratio.numerator > 0n;
}

function sides({ items }: Relation, context: Context): Form | null {
  const [left, right] = items;
  if (left === undefined || right === undefined) return null;
  return normalForm({ kind: "binary", operator: "-", left, right }, context);
}

const FLIPPED: Partial<Readonly<Record<RelationSign, RelationSign>>> = { ">": "<", ">=": "<=" };

function upwards(relation: Relation): Relation {
  if (!relation.signs.some((sign) => sign in FLIPPED)) return relation;
  const signs = relation.signs.map((sign) => FLIPPED[sign] ?? sign).reverse();
  return { kind: "relation", items: [...relation.items].reverse(), signs };
}

function sameGroup(gold: Group, given: Group, context: Context): boolean {
  if (gold.open !== given.open || gold.close !== given.close || gold.items.length !== given.items.length)
    return false;
  if (gold.open !== "\\{")
    return gold.items.every((item, index) => sameValue(item, given.items[index] as Node, context));
  const left = [...given.items];
  return gold.items.every((item) => {
    const at = left.findIndex((other) => sameValue(item, other, context));
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
}
