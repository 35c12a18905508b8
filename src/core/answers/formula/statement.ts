import { LIMITS, type Statement } from "./ast.js";
import { enclosed, markOf, splitAt } from "./brackets.js";
import { joinRegions, readRegion, regionOf } from "./intervals.js";
import { plainLatex } from "./latex.js";
import { readMatrix } from "./matrix.js";
import { parseChain, parseNode } from "./parser.js";
import { agreesWithTail, splitTail } from "./tail.js";
import { type Token, tokenize } from "./tokens.js";

/** Brackets within brackets. */
const MAX_NESTING = 6;
const LISTING = new Set([",", ";", "or", "and"]);

/**
 * Reads a whole answer as a formula within `LIMITS`; null unless the answer is exactly one formula,
 * relation, tuple, interval, set, matrix or list of solutions.
 */
export function parseStatement(text: string): Statement | null {
  const { body, tail } = splitTail(plainLatex(text));
  const tokens = tokenize(body);
  if (tokens === null || tokens.length === 0) return null;
  const statement = readList(tokens, 0);
  return statement !== null && tail !== null && !agreesWithTail(statement, tail) ? null : statement;
}

/** Reads answers side by side: `5, -5`, `x = 1 or x = 2`, `x < 1 or x > 2`. */
function readList(tokens: readonly Token[], depth: number): Statement | null {
  const split = splitAt(tokens, (text) => LISTING.has(text));
  if (split === null || split.parts.length > LIMITS.items) return null;
  if (split.parts.length === 1) return readPart(tokens, depth);
  // "1, 2, and 3": nothing stands between the last comma and the word.
  const parts = split.parts.filter(
    (part, index) =>
      part.length > 0 || !isWord(split.separators[index]) || split.separators[index - 1] !== ",",
  );
  const named = tokens[1];
  const variable = markOf(named) === "in" || (named?.kind === "relation" && named.sign === "=");
  const items = parts.map((part) => readPart(part, depth));
  if (items.includes(null)) return null;
  const read = items as Statement[];
  const regions = read.map((item) =>
    item.kind === "relation" || item.kind === "region" ? regionOf(item) : null,
  );
  if (!variable && regions.every((region) => region !== null)) return joinRegions(regions, split.separators);
  if (
    read.some(
      (item) =>
        item.kind === "region" || (item.kind === "relation" && item.signs.some((sign) => sign !== "=")),
    )
  )
    return null;
  return solutions(read);
}

function isWord(separator: string | undefined): boolean {
  return separator === "or" || separator === "and";
}

function solutions(items: readonly Statement[]): Statement | null {
  const flat = items.flatMap((item) => (item.kind === "solutions" ? item.items : [item]));
  return flat.length > LIMITS.items ? null : { kind: "solutions", items: flat };
}

/** Reads one answer without commas or words around it. */
function readPart(tokens: readonly Token[], depth: number): Statement | null {
  if (tokens.length === 0 || depth > MAX_NESTING) return null;
  if (tokens.some(isSign)) return readBothSigns(tokens, depth);
  return (
    readMatrix(tokens) ??
    readRegion(tokens) ??
    readNamed(tokens, depth) ??
    readGroup(tokens, depth) ??
    readChain(tokens)
  );
}

function isSign(token: Token): boolean {
  return markOf(token) === "pm" || markOf(token) === "mp";
}

/** `\pm a` is a and -a. Two signs of one kind could mean two or four values. */
function readBothSigns(tokens: readonly Token[], depth: number): Statement | null {
  const count = (text: string) => tokens.filter((token) => markOf(token) === text).length;
  if (count("pm") > 1 || count("mp") > 1) return null;
  const both = [
    ["+", "-"],
    ["-", "+"],
  ].map(([upper, lower]) =>
    readPart(
      tokens.map((token): Token => {
        const text = markOf(token);
        if (text !== "pm" && text !== "mp") return token;
        return { kind: "mark", text: (text === "pm" ? upper : lower) as string };
      }),
      depth + 1,
    ),
  );
  return both.includes(null) ? null : solutions(both as Statement[]);
}

/**
 * Reads an answer behind its name: `x \in \{1, 2\}`, `S = \{1, 2\}`, `A = (matrix)`, and
 * `(x, y) = (1, 2)` when the names are in alphabetical order.
 */
function readNamed(tokens: readonly Token[], depth: number): Statement | null {
  const split = splitAt(tokens, (text) => text === "=" || text === "in");
  if (split === null || split.parts.length !== 2) return null;
  const [name = [], value = []] = split.parts;
  const names = name.filter((token) => token.kind === "symbol").map((token) => token.name);
  const isSingle = name.length === 1 && names.length === 1;
  const whole = enclosed(name);
  const isTuple =
    whole !== null &&
    names.length >= 2 &&
    name.length === 2 * names.length + 1 &&
    [...names].sort().join() === names.join();
  if (!isSingle && !isTuple) return null;
  const read = readMatrix(value) ?? readGroup(value, depth + 1);
  if (read === null || (read.kind === "group" && read.open === "\\{" ? isTuple : false)) return null;
  if (split.separators[0] === "in" && !(read.kind === "group" && read.open === "\\{")) return null;
  return read;
}

/** Reads answers with commas in brackets around the whole: a tuple, an interval or a set. */
function readGroup(tokens: readonly Token[], depth: number): Statement | null {
  const whole = enclosed(tokens);
  const isEmpty = whole?.open === "\\{" && whole.inner.length === 0;
  if (isEmpty || (tokens.length === 1 && markOf(tokens[0]) === "emptyset"))
    return { kind: "group", open: "\\{", close: "\\}", items: [] };
  if (whole === null || whole.open.startsWith("\\begin")) return null;
  const open = whole.open === "{" ? "\\{" : whole.open === "langle" ? "(" : whole.open;
  const close = whole.close === "}" ? "\\}" : whole.close === "rangle" ? ")" : whole.close;
  if (!["(", "[", "\\{"].includes(open)) return null;
  const split = splitAt(whole.inner, (text) => text === "," || text === ";");
  if (split === null || split.parts.length > LIMITS.items) return null;
  if (split.parts.length === 1 && (open === "(" || whole.open === "{")) return null;
  if (split.parts.length === 1 && close === ")") return null;
  const items = split.parts.map((part) => readPart(part, depth + 1));
  if (items.includes(null)) return null;
  const read = items as Statement[];
  if (read.some((item) => item.kind === "region")) return null;
  const flat =
    open === "\\{" ? read.flatMap((item) => (item.kind === "solutions" ? item.items : [item])) : read;
  // (\pm 1, 0) is two points.
  const choice = flat.find((item) => item.kind === "solutions");
  if (choice !== undefined) return null;
  return { kind: "group", open, close, items: flat };
}

function readChain(tokens: readonly Token[]): Statement | null {
  const node = parseNode(tokens);
  if (node !== null) return { kind: "value", node };
  const chain = parseChain(tokens);
  return chain === null ? null : { kind: "relation", ...chain };
}
