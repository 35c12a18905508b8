import { approximate } from "./approximate.js";
import { type Interval, LIMITS, type Node, type RelationSign, type Statement } from "./ast.js";
import { enclosed, markOf, splitAt } from "./brackets.js";
import { parseChain, parseNode } from "./parser.js";
import { INFINITE, isNumber, MINUS_INFINITE, unknownName, unknownsOf } from "./symbols.js";
import type { Token } from "./tokens.js";

/** A union of intervals; `variable` is null when the text does not name it. */
export type Region = Extract<Statement, { kind: "region" }>;

/** All real numbers. */
const REALS: Interval = { low: MINUS_INFINITE, high: INFINITE, closedLow: false, closedHigh: false };
const FLIPPED: Partial<Readonly<Record<RelationSign, RelationSign>>> = { ">": "<", ">=": "<=" };

/**
 * Reads a set of real numbers that is no single pair of brackets: a union, `x \in (0, 1)`, all real
 * numbers, the real numbers without some, or a set with a condition. Null for other texts.
 */
export function readRegion(tokens: readonly Token[]): Region | null {
  const [first, second] = tokens;
  if (first?.kind === "symbol" && markOf(second) === "in" && markOf(tokens[2]) !== "\\{") {
    const region = readUnion(tokens.slice(2));
    return region === null ? null : { ...region, variable: first.name };
  }
  const whole = enclosed(tokens);
  if (whole?.open === "\\{" || whole?.open === "{") return readCondition(whole.inner);
  const union = readUnion(tokens);
  // One pair of brackets is a tuple or an interval; the other answer decides.
  return union?.parts.length === 1 && markOf(tokens[0]) !== "reals" ? null : union;
}

/** The region of a statement: of a pair in brackets, or of an inequality; null for others. */
export function regionOf(statement: Statement): Region | null {
  if (statement.kind === "region") return statement;
  if (statement.kind === "group") {
    const [low, high] = statement.items;
    if (statement.items.length !== 2 || low?.kind !== "value" || high?.kind !== "value") return null;
    if (statement.open === "\\{") return null;
    return regionFrom(null, [
      {
        low: low.node,
        high: high.node,
        closedLow: statement.open === "[",
        closedHigh: statement.close === "]",
      },
    ]);
  }
  return statement.kind === "relation" ? ofRelation(statement.items, statement.signs) : null;
}

/** The region of inequalities joined by "or" (their union) or by one "and" (their common part). */
export function joinRegions(regions: readonly Region[], separators: readonly string[]): Region | null {
  const variable = regions[0]?.variable ?? null;
  if (regions.some((region) => region.variable !== variable)) return null;
  if (separators.every((separator) => separator === "or"))
    return regionFrom(
      variable,
      regions.flatMap(({ parts }) => parts),
    );
  const [one, other] = [regions[0]?.parts, regions[1]?.parts];
  if (separators.join() !== "and" || one?.length !== 1 || other?.length !== 1) return null;
  const halves = [one[0] as Interval, other[0] as Interval];
  const from = halves.filter(({ low }) => !isEndless(low));
  const to = halves.filter(({ high }) => !isEndless(high));
  const [lower, upper] = [from[0], to[0]];
  if (from.length !== 1 || to.length !== 1 || lower === undefined || upper === undefined) return null;
  return regionFrom(variable, [{ ...lower, high: upper.high, closedHigh: upper.closedHigh }]);
}

function isEndless(end: Node): boolean {
  return (
    (end.kind === "negate" ? end.of : end) === INFINITE || (end.kind === "symbol" && end.name === "\u221e")
  );
}

function readUnion(tokens: readonly Token[]): Region | null {
  const without = splitAt(tokens, (text) => text === "setminus");
  if (without?.parts.length === 2) return withoutPoints(without.parts[0] ?? [], without.parts[1] ?? []);
  const pieces = splitAt(tokens, (text) => text === "cup")?.parts ?? [];
  if (pieces.length === 0 || pieces.length > LIMITS.items) return null;
  const parts: Interval[] = [];
  for (const piece of pieces) {
    const read = readPiece(piece);
    if (read === null) return null;
    parts.push(...read);
  }
  return regionFrom(null, parts);
}

/** One interval, or the points of a finite set within a union. */
function readPiece(tokens: readonly Token[]): readonly Interval[] | null {
  if (tokens.length === 1 && markOf(tokens[0]) === "reals") return [REALS];
  const whole = enclosed(tokens);
  if (whole === null || !["(", "[", "\\{"].includes(whole.open)) return null;
  const nodes = (splitAt(whole.inner, (text) => text === "," || text === ";")?.parts ?? []).map(parseNode);
  if (nodes.length === 0 || nodes.length > LIMITS.items || nodes.includes(null)) return null;
  if (whole.open === "\\{")
    return (nodes as Node[]).map((at) => ({ low: at, high: at, closedLow: true, closedHigh: true }));
  if (nodes.length !== 2) return null;
  const [low, high] = nodes as [Node, Node];
  return [{ low, high, closedLow: whole.open === "[", closedHigh: whole.close === "]" }];
}

function withoutPoints(all: readonly Token[], points: readonly Token[]): Region | null {
  if (all.length !== 1 || markOf(all[0]) !== "reals" || enclosed(points)?.open !== "\\{") return null;
  const ends = readPiece(points)?.map(({ low }) => low);
  return ends === undefined ? null : outside(null, ends);
}

/** The real numbers without some points. */
function outside(variable: string | null, points: readonly Node[]): Region | null {
  const placed = points.map((node) => ({ node, at: approximate(node, () => Number.NaN).value }));
  if (placed.some(({ at }) => Number.isNaN(at))) return null;
  const ends = placed.sort((one, other) => one.at - other.at).map(({ node }) => node);
  const lows = [MINUS_INFINITE, ...ends];
  const highs = [...ends, INFINITE];
  return regionFrom(
    variable,
    lows.map((low, index) => ({ low, high: highs[index] as Node, closedLow: false, closedHigh: false })),
  );
}

/** `\{x \mid x > 2\}` and `\{x \in \mathbb{R} : x > 2\}`. */
function readCondition(inner: readonly Token[]): Region | null {
  const at = inner.findIndex((token) => markOf(token) === "|" || markOf(token) === ":");
  const [name, ...rest] = inner.slice(0, Math.max(0, at));
  if (name?.kind !== "symbol") return null;
  const isBare = rest.length === 0;
  const isReal = rest.length === 2 && markOf(rest[0]) === "in" && markOf(rest[1]) === "reals";
  const chain = isBare || isReal ? parseChain(inner.slice(at + 1)) : null;
  const region = chain === null ? null : ofRelation(chain.items, chain.signs);
  return region?.variable === name.name ? region : null;
}

/** The numbers that satisfy `x < a`, `a < x < b` or `x \ne a`; null for other relations. */
function ofRelation(items: readonly Node[], signs: readonly RelationSign[]): Region | null {
  const isDown = signs.some((sign) => sign in FLIPPED);
  const up = isDown ? signs.map((sign) => FLIPPED[sign] ?? sign).reverse() : signs;
  const sides = isDown ? [...items].reverse() : items;
  const at = sides.findIndex((side) => unknownName(side) !== null);
  const variable = sides[at] === undefined ? null : unknownName(sides[at]);
  if (variable === null || sides.some((side, index) => index !== at && !isNumber(side))) return null;
  if (up.length === 1 && up[0] === "!=") return outside(variable, [sides[1 - at] as Node]);
  if (up.some((sign) => sign !== "<" && sign !== "<=")) return null;
  const closed = (index: number) => up[index] === "<=";
  if (up.length === 1)
    return regionFrom(variable, [
      at === 0
        ? { low: MINUS_INFINITE, high: sides[1] as Node, closedLow: false, closedHigh: closed(0) }
        : { low: sides[0] as Node, high: INFINITE, closedLow: closed(0), closedHigh: false },
    ]);
  if (up.length !== 2 || at !== 1) return null;
  const [low, , high] = sides as [Node, Node, Node];
  return regionFrom(variable, [{ low, high, closedLow: closed(0), closedHigh: closed(1) }]);
}

/** A region; null when an interval ends before it begins, or ends at an unknown. */
function regionFrom(variable: string | null, parts: readonly Interval[]): Region | null {
  if (parts.length === 0 || parts.length > LIMITS.items) return null;
  for (const { low, high } of parts) {
    if (unknownsOf(low).size > 0 && variable !== null && unknownsOf(low).has(variable)) return null;
    const [from, to] = [placeOf(low), placeOf(high)];
    if (from > to) return null;
  }
  return { kind: "region", variable, parts };
}

/** The place of an end; NaN when nothing reliable is known. */
function placeOf(end: Node): number {
  if (isEndless(end)) return end.kind === "negate" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return approximate(end, () => Number.NaN).value;
}
