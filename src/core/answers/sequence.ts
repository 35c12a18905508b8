import type { AnswerPolicy, ElementType } from "../records/answer.js";
import { type AnswerKind, rightIf } from "./kind.js";

/**
 * The possible readings of a list: its elements for each way to read its commas and "and"s, the
 * plainest reading first.
 */
type Readings = readonly (readonly unknown[])[];

/** Largest number of elements. It also limits the comparisons of a set to its square. */
const MAX_ELEMENTS = 32;
const OPEN = "([{";
const CLOSE = ")]}";
const AND = /\s+(?:and|&)\s+/i;

/**
 * Lists and sets with elements of one type. The number of elements must be equal, and each element
 * is compared as its own type. A list keeps its order unless the comparison rules say `any`. A set
 * has no order and no element twice. A gold answer has one reading (write it with `;`). An answer
 * is right when one of its readings is the gold answer, because "Trinidad and Tobago, Chad" is two
 * elements or three.
 */
export function sequenceKind(
  shape: "list" | "set",
  kindOf: (type: ElementType) => AnswerKind<unknown>,
): AnswerKind<Readings> {
  const same = (one: unknown, other: unknown, policy: AnswerPolicy) =>
    kindOf(policy.elements ?? "string").compare(one, other, policy) === "correct";
  const repeats = (elements: readonly unknown[], policy: AnswerPolicy) =>
    elements.some((one, index) => elements.slice(0, index).some((before) => same(before, one, policy)));
  return {
    read(text, policy) {
      const type = policy.elements ?? "string";
      const kind = kindOf(type);
      const readings = splits(unbracket(text.trim()), type).flatMap((parts) => {
        if (parts.length > MAX_ELEMENTS || parts.includes("")) return [];
        const elements = parts.map((part) => kind.read(part, policy));
        return elements.includes(null) ? [] : [elements];
      });
      return readings.length === 0 ? null : readings;
    },
    accepts(gold, policy) {
      const elements = gold[0] ?? [];
      const { accepts } = kindOf(policy.elements ?? "string");
      const each = accepts === undefined || elements.every((one) => accepts(one, policy));
      return each && !(shape === "set" && repeats(elements, policy));
    },
    isOpaque(gold, policy) {
      const { isOpaque } = kindOf(policy.elements ?? "string");
      return isOpaque !== undefined && (gold[0] ?? []).some((one) => isOpaque(one, policy));
    },
    compare(gold, given, policy) {
      const wanted = gold[0] ?? [];
      const ordered = shape === "list" && policy.order !== "any";
      const matches = (elements: readonly unknown[]): boolean => {
        if (elements.length !== wanted.length) return false;
        if (ordered) return wanted.every((one, index) => same(one, elements[index], policy));
        if (shape === "set" && repeats(elements, policy)) return false;
        const left = [...elements];
        return wanted.every((one) => {
          const at = left.findIndex((other) => same(one, other, policy));
          if (at >= 0) left.splice(at, 1);
          return at >= 0;
        });
      };
      return rightIf(given.some(matches));
    },
  };
}

/** The elements of a gold list or set, as they are written. */
export function elementsOf(gold: string, type: ElementType): readonly string[] {
  return splits(unbracket(gold.trim()), type)[0] ?? [];
}

/** The ways to cut a text into elements. */
function splits(text: string, type: ElementType): string[][] {
  const atSemicolons = cut(text, (character) => character === ";");
  if (atSemicolons.length > 1) return [atSemicolons];
  const isNumeric = type !== "string" && type !== "date" && type !== "boolean";
  const joins = (at: number): boolean =>
    (isNumeric && /\d$/.test(text.slice(0, at)) && /^\d{3}(?!\d)/.test(text.slice(at + 1))) ||
    (type === "date" &&
      /[a-z]{3}\.? \d{1,2}(?:st|nd|rd|th)?$/i.test(text.slice(0, at)) &&
      /^ \d{4}\b/.test(text.slice(at + 1)));
  const apart = cut(text, (character, at) => character === "," && !joins(at));
  const plain = isNumeric ? [apart, cut(text, (character) => character === ",")] : [apart];
  return distinct(plain.flatMap((parts) => [splitLast(parts), parts]));
}

/** "A, B and C", "A, B, and C", "A and B": the last part is also cut at each "and". */
function splitLast(parts: readonly string[]): string[] {
  const last = (parts.at(-1) ?? "").replace(/^(?:and|&)\s+/i, "");
  return [...parts.slice(0, -1), ...last.split(AND)];
}

function distinct(readings: readonly string[][]): string[][] {
  const keys = readings.map((parts) => parts.join("\u0000"));
  return readings.filter((_, index) => keys.indexOf(keys[index] as string) === index);
}

/** Cuts a text at places outside of brackets. */
function cut(text: string, isEnd: (character: string, at: number) => boolean): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (OPEN.includes(character)) depth += 1;
    else if (CLOSE.includes(character)) depth -= 1;
    else if (depth === 0 && isEnd(character, at)) {
      parts.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  return [...parts, text.slice(start).trim()];
}

/** Removes one pair of brackets around the whole text: `[1, 2]`, `\{1, 2\}`. */
function unbracket(text: string): string {
  const plain = text.replace(/^\\\{(.*)\\\}$/s, "{$1}");
  if (plain === "" || !OPEN.includes(plain.charAt(0))) return plain;
  let depth = 0;
  for (let at = 0; at < plain.length; at += 1) {
    if (OPEN.includes(plain.charAt(at))) depth += 1;
    if (CLOSE.includes(plain.charAt(at))) depth -= 1;
    if (depth === 0) return at === plain.length - 1 ? plain.slice(1, -1).trim() : plain;
  }
  return plain;
}
