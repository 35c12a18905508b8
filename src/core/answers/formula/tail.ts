import { approximate } from "./approximate.js";
import type { Node, Statement } from "./ast.js";
import { isNumber } from "./symbols.js";

/** A decimal number behind `\approx`, and the value of its last decimal place. */
export interface Tail {
  readonly value: number;
  readonly step: number;
}

const APPROXIMATELY = /\\(?:approx|simeq|thickapprox)(?![A-Za-z])/;
const DECIMAL = /^(-?)\s*(\d{1,12}(?:\.(\d{1,12}))?|\.(\d{1,12}))\s*(?:\\(?:dots|ldots|cdots)|\.\.\.)?$/;

/** Splits `\approx 0.577` from the end of a formula. Other texts stay whole. */
export function splitTail(plain: string): { readonly body: string; readonly tail: Tail | null } {
  const parts = plain.split(APPROXIMATELY);
  const match = parts.length === 2 ? DECIMAL.exec((parts[1] ?? "").trim()) : null;
  if (match === null) return { body: plain, tail: null };
  const value = Number(`${match[1]}${match[2]}`);
  return { body: parts[0] ?? "", tail: { value, step: 10 ** -(match[3] ?? match[4] ?? "").length } };
}

/**
 * True when the exact value in front of the tail rounds, or is cut off, to the decimal number. An
 * answer with a wrong tail gives two different answers.
 */
export function agreesWithTail(statement: Statement, { value, step }: Tail): boolean {
  const node = exactValue(statement);
  if (node === null || !isNumber(node)) return false;
  const exact = approximate(node, () => Number.NaN);
  const off = Math.abs(exact.value - value) + exact.error;
  const isCut = Math.abs(value) <= Math.abs(exact.value) && off < step;
  return isCut || off <= (step / 2) * (1 + 1e-9);
}

function exactValue(statement: Statement): Node | null {
  if (statement.kind === "value") return statement.node;
  if (statement.kind !== "relation" || statement.signs.some((sign) => sign !== "=")) return null;
  return statement.items.at(-1) ?? null;
}
