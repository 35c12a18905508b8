import type { Node, Statement } from "./ast.js";
import { isNumber, unknownName, unknownsOf } from "./symbols.js";

type Relation = Extract<Statement, { kind: "relation" }>;

/**
 * The values of a chain of equations: all sides but the name. The name is an unknown that stands
 * alone on the first or last side and in no other side. A chain of numbers has no name. Empty for
 * other equations.
 */
export function solutionValues({ items }: Relation): readonly Node[] {
  const [first, last] = [items[0], items.at(-1)] as [Node, Node];
  const apart = (side: Node, others: readonly Node[]) => {
    const name = unknownName(side);
    return name !== null && others.every((other) => !unknownsOf(other).has(name));
  };
  if (first.kind === "symbol") return apart(first, items.slice(1)) ? items.slice(1) : [];
  if (apart(last, items.slice(0, -1))) return items.slice(0, -1);
  return items.every(isNumber) ? items : [];
}

/** The unknown that `x = 5` gives a number to; null for other statements. */
export function nameOfSolution(statement: Statement): string | null {
  if (statement.kind !== "relation" || statement.signs.some((sign) => sign !== "=")) return null;
  const values = solutionValues(statement);
  if (values.length === 0 || !values.every(isNumber)) return null;
  const [first, last] = [statement.items[0], statement.items.at(-1)] as [Node, Node];
  return unknownName(first) ?? unknownName(last);
}

/**
 * Compares lists of solutions and sets of any kind, without order. Solutions for different unknowns
 * (`x = 1, y = 2`) are compared by name, and equal the tuple of their values in the alphabetical
 * order of the names.
 */
export function sameSolutions(
  gold: Statement,
  given: Statement,
  same: (one: Statement, other: Statement) => boolean,
): boolean {
  const [one, other] = [membersOf(gold), membersOf(given)];
  const [byName, byOtherName] = [assignment(one), assignment(other)];
  if (byName !== null && byOtherName !== null)
    return (
      byName.length === byOtherName.length &&
      byName.every(([name, item], index) => {
        const [otherName, otherItem] = byOtherName[index] as (typeof byName)[number];
        return name === otherName && same(item, otherItem);
      })
    );
  if (byName !== null || byOtherName !== null) {
    const values = (byName ?? byOtherName ?? []).map(([, item]) => item);
    const tuple = byName === null ? gold : given;
    if (tuple.kind !== "group" || tuple.open !== "(" || tuple.close !== ")") return false;
    return (
      values.length === tuple.items.length &&
      values.every((item, index) => same(item, tuple.items[index] as Statement))
    );
  }
  if (one === null && other === null) return false;
  const [all, rest] = [one ?? single(gold), other ?? single(given)];
  return all !== null && rest !== null && all.length === rest.length && sameUnordered(all, rest, same);
}

/** True when each item of the first list has its own equal item in the second, in any order. */
export function sameUnordered<T>(
  gold: readonly T[],
  given: readonly T[],
  same: (one: T, other: T) => boolean,
): boolean {
  const left = [...given];
  return (
    gold.length === given.length &&
    gold.every((item) => {
      const at = left.findIndex((other) => same(item, other));
      if (at >= 0) left.splice(at, 1);
      return at >= 0;
    })
  );
}

function membersOf(statement: Statement): readonly Statement[] | null {
  if (statement.kind === "solutions") return statement.items;
  return statement.kind === "group" && statement.open === "\\{" ? statement.items : null;
}

/** A value or a tuple as the only solution. */
function single(statement: Statement): readonly Statement[] | null {
  return statement.kind === "value" || statement.kind === "relation" || statement.kind === "group"
    ? [statement]
    : null;
}

/** The solutions by name, in alphabetical order; null unless each is for another unknown. */
function assignment(items: readonly Statement[] | null): (readonly [string, Statement])[] | null {
  if (items === null || items.length < 2) return null;
  const named = items.map((item) => [nameOfSolution(item), item] as const);
  const names = new Set(named.map(([name]) => name));
  if (names.has(null) || names.size < 2) return null;
  if (names.size !== items.length) return [];
  return (named as (readonly [string, Statement])[]).sort(([a], [b]) => (a < b ? -1 : 1)).map(valueOnly);
}

function valueOnly([name, item]: readonly [string, Statement]): readonly [string, Statement] {
  const node = item.kind === "relation" ? solutionValues(item)[0] : undefined;
  return [name, node === undefined ? item : { kind: "value", node }];
}
