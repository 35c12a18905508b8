import type { Node, RelationSign, Statement } from "./ast.js";
import { vanishesWithImaginary } from "./complex.js";
import { regionOf } from "./intervals.js";
import { type Context, difference, type Form, normalForm } from "./normal-form.js";
import { type Polynomial, PRIME_ROOT, ratioOf, times } from "./polynomial.js";
import { nameOfSolution, sameSolutions, sameUnordered, solutionValues } from "./solutions.js";
import { vanishes } from "./vanishing.js";

/** Largest number of products of terms in one comparison. They take a few milliseconds. */
const PRODUCTS = 2_500;

/** True when everything in the statement is defined and within the limits. */
export function isDefined(statement: Statement): boolean {
  const context = newContext();
  return nodesOf(statement).every((node) => normalForm(node, context) !== null);
}

function nodesOf(statement: Statement): readonly Node[] {
  switch (statement.kind) {
    case "value":
      return [statement.node];
    case "relation":
      return statement.items;
    case "matrix":
      return statement.rows.flat();
    case "region":
      return statement.parts.flatMap(({ low, high }) => [low, high]);
    default:
      return statement.items.flatMap(nodesOf);
  }
}

/**
 * Compares two answers; `undecided` when the comparison exceeds its budget. `x = 5` equals 5. An
 * interval equals the inequality with the same numbers, and solutions equal the set of them. Other
 * relations, and brackets, equal only their own kind.
 */
export function compareStatements(gold: Statement, given: Statement): "same" | "different" | "undecided" {
  const context = newContext();
  if (sameStatement(gold, given, context)) return "same";
  return context.budget.products < 0 ? "undecided" : "different";
}

function sameStatement(gold: Statement, given: Statement, context: Context): boolean {
  const [one, other] = [valueNode(gold, context), valueNode(given, context)];
  if (gold.kind === "relation" && given.kind === "relation" && sameRelation(gold, given, context))
    return true;
  const isNamed = namesOf(gold).length > 0 && namesOf(given).length > 0;
  const agree = !isNamed || namesOf(gold).join() === namesOf(given).join();
  if (one !== null && other !== null) return agree && sameValue(one, other, context);
  if (gold.kind === "matrix" && given.kind === "matrix") return sameMatrix(gold.rows, given.rows, context);
  if (gold.kind === "group" && given.kind === "group" && sameGroup(gold, given, context)) return true;
  if (sameSolutions(gold, given, (a, b) => sameStatement(a, b, context))) return true;
  const [column, tuple] = gold.kind === "matrix" ? [gold, given] : [given, gold];
  if (column.kind === "matrix" && tuple.kind === "group") return isColumn(column.rows, tuple, context);
  return sameRegions(gold, given, context);
}

/** The name that `x = 5` gives to its value. */
function namesOf(statement: Statement): readonly string[] {
  const name = nameOfSolution(statement);
  return name === null ? [] : [name];
}

type Relation = Extract<Statement, { kind: "relation" }>;
type Group = Extract<Statement, { kind: "group" }>;

/**
 * The value of a statement, or the value that it gives to a symbol; null for others. In a chain of
 * equations, all values must be equal.
 */
function valueNode(statement: Statement, context: Context): Node | null {
  if (statement.kind === "value") return statement.node;
  if (statement.kind !== "relation" || statement.signs.some((sign) => sign !== "=")) return null;
  const values = solutionValues(statement);
  const [first, ...others] = values;
  if (first === undefined) return null;
  return others.every((other) => sameValue(first, other, context)) ? first : null;
}

function sameMatrix(
  gold: readonly (readonly Node[])[],
  given: readonly (readonly Node[])[],
  context: Context,
): boolean {
  return (
    gold.length === given.length &&
    gold.every((row, index) => {
      const other = given[index] ?? [];
      return (
        row.length === other.length && row.every((cell, at) => sameValue(cell, other[at] as Node, context))
      );
    })
  );
}

/** True when a column has the values of a tuple. */
function isColumn(rows: readonly (readonly Node[])[], tuple: Group, context: Context): boolean {
  if (tuple.open !== "(" || tuple.close !== ")" || rows.length !== tuple.items.length) return false;
  return rows.every((row, index) => {
    const item = tuple.items[index];
    return row.length === 1 && item?.kind === "value" && sameValue(row[0] as Node, item.node, context);
  });
}

/** Compares sets of real numbers. Two pairs in brackets are compared as they are written. */
function sameRegions(gold: Statement, given: Statement, context: Context): boolean {
  if (gold.kind === "group" && given.kind === "group") return false;
  const [one, other] = [regionOf(gold), regionOf(given)];
  if (one === null || other === null || one.parts.length !== other.parts.length) return false;
  if (one.variable !== null && other.variable !== null && one.variable !== other.variable) return false;
  return sameUnordered(one.parts, other.parts, (a, b) => {
    if (a.closedLow !== b.closedLow || a.closedHigh !== b.closedHigh) return false;
    return sameValue(a.low, b.low, context) && sameValue(a.high, b.high, context);
  });
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
  if (off.size === 0 || vanishesWithImaginary(off)) return true;
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
  const same = (a: Statement, b: Statement) => sameStatement(a, b, context);
  if (gold.open !== "\\{")
    return gold.items.every((item, index) => same(item, given.items[index] as Statement));
  return sameUnordered(gold.items, given.items, same);
}
