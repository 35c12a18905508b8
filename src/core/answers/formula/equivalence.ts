import { keyed } from "../../rng.js";
import { type Approximation, approximate, isConstant, timesApproximately } from "./approximate.js";
import type { Node, RelationSign, Statement } from "./ast.js";
import { type Context, difference, type Form, normalForm } from "./normal-form.js";
import { type Polynomial, PRIME_ROOT, ratioOf, times } from "./polynomial.js";

/** Products of terms that one comparison may do: some milliseconds at most. */
const PRODUCTS = 4_000;
/** Points at which two formulas must agree where their normal forms do not decide, and tries to find such points. */
const POINTS = 4;
const TRIES = 24;
/** Rounding must stay this far below what is compared, and nothing compared may be smaller than this. */
const RESOLUTION = 1e-9;

/** Whether a statement can be compared: nothing in it is undefined or over the bounds. */
export function isDefined(statement: Statement): boolean {
  const nodes = statement.kind === "value" ? [statement.node] : statement.items;
  const context = newContext();
  return nodes.every((node) => normalForm(node, context) !== null);
}

/** Whether two answers say the same. `x = 5` is 5; other relations, and brackets, only equal their own kind. */
export function sameStatement(gold: Statement, given: Statement): boolean {
  const [one, other] = [valueNode(gold), valueNode(given)];
  const context = newContext();
  if (gold.kind === "relation" && given.kind === "relation") return sameRelation(gold, given, context);
  if (one !== null && other !== null) return sameValue(one, other, context);
  return gold.kind === "group" && given.kind === "group" && sameGroup(gold, given, context);
}

type Relation = Extract<Statement, { kind: "relation" }>;
type Group = Extract<Statement, { kind: "group" }>;

/** A value, or the value given to a symbol. */
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
 * Symbols and square roots of distinct primes are independent over Q, so a polynomial in them that is not zero has values that
 * are not. Other generators may depend on each other: sin(x)^2 + cos(x)^2 is 1.
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
 * Whether a polynomial in generators that depend on each other is zero: at several points, drawn from a generator keyed by the
 * polynomial itself, its value must be within the error bound of its rounding. A point says nothing when its rounding is
 * too large, or when a term is so small that its absence would not be seen.
 */
function vanishes(polynomial: Polynomial, generators: ReadonlyMap<string, Node>): boolean {
  const symbols = new Set<string>();
  for (const { factors } of polynomial.values())
    for (const [name] of factors) collect(generators.get(name) ?? { kind: "symbol", name }, symbols);
  const needed = symbols.size === 0 ? 1 : POINTS;
  const rng = keyed("formula", [...polynomial.keys()].join("+"));
  let found = 0;
  for (let attempt = 0; attempt < (symbols.size === 0 ? 1 : TRIES) && found < needed; attempt += 1) {
    const point = new Map([...symbols].sort().map((name) => [name, 0.2 + 2 * rng.next()]));
    const zero = isZeroAt(polynomial, (name) => {
      const node = generators.get(name) ?? { kind: "symbol", name };
      return approximate(node, (symbol) => point.get(symbol) ?? Number.NaN);
    });
    if (zero === false) return false;
    if (zero === true) found += 1;
  }
  return found >= needed;
}

function isZeroAt(polynomial: Polynomial, at: (generator: string) => Approximation): boolean | null {
  const terms: Approximation[] = [];
  for (const { coefficient, factors } of polynomial.values()) {
    let term: Approximation = approximate({ kind: "number", value: coefficient }, () => Number.NaN);
    for (const [name, exponent] of factors) {
      const base = at(name);
      for (let count = 0; count < Math.min(exponent, 64); count += 1) term = timesApproximately(term, base);
      if (exponent > 64) return null;
    }
    terms.push(term);
  }
  const sizes = terms.map(({ value }) => Math.abs(value));
  const scale = Math.max(...sizes);
  const error = terms.reduce((sum, one) => sum + one.error, 0) + terms.length * scale * 2 ** -50;
  const total = Math.abs(terms.reduce((sum, one) => sum + one.value, 0));
  if (!Number.isFinite(total) || !Number.isFinite(error)) return null;
  if (total > error) return false;
  return error < RESOLUTION * scale && Math.min(...sizes) > RESOLUTION * scale ? true : null;
}

function collect(node: Node, symbols: Set<string>): void {
  switch (node.kind) {
    case "symbol":
      if (!isConstant(node.name)) symbols.add(node.name);
      break;
    case "number":
      break;
    case "binary":
      collect(node.left, symbols);
      collect(node.right, symbols);
      break;
    default:
      collect(node.of, symbols);
  }
}

/** Chains read upwards have the same signs and sides that differ by a factor, which for inequalities is above 0. */
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
