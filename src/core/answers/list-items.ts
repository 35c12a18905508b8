import type { ElementType } from "../records/answer.js";
import { unwrap } from "./surface.js";

const OPEN = "([{";
const CLOSE = ")]}";
const TEXT_AND = /\\(?:text|mbox|textrm|mathrm) ?\{ *,? *and *\}/g;
const THEN = /([,;])\s+(?:and )?then\s+/g;
/** Largest number of "and"s that may each be a part of an element. */
const MAX_ANDS = 3;
/** Largest number of elements with numbers or letters. */
const MAX_NUMBERED = 26;
const ARROW = /\s(?:\u2192|\u27f6|->|=>)\s|\s?\\(?:long)?rightarrow\s/;
const AND = /\s+(?:and|&|\\&)\s+/i;
/** A bullet, or a number with a full stop or a bracket: `-`, `•`, `1.`, `2)`, `(3)`. */
const MARKER =
  /^(?:[-*+\u2022\u2023\u25e6\u00b7\u2013\u2014](?=\s)|\(?(?<number>\d{1,2})[.)](?=\s)|\(?(?<letter>[a-z])[.)](?=\s))\s+/;

/**
 * The ways to cut a text into elements, the plainest first. Lines with bullets or numbers, numbers
 * in one line (`1. Bern 2. Quito`), semicolons and arrows leave no choice. Without them, a comma or
 * an `and` may be a separator or a part of an element, and so may the end of a line.
 */
export function itemReadings(whole: string, type: ElementType): readonly (readonly string[])[] {
  const text = unbracket(whole.trim()).replace(TEXT_AND, " and ").replace(THEN, "$1 ");
  const lines = text.split(/\s*\n\s*/).filter((line) => line !== "");
  if (lines.length > 1) {
    const items = marked(lines);
    // A line break may also stand behind any comma of a list.
    return items === null ? [lines.map(withoutSeparator), ...readings(lines.join(" "), type)] : [items];
  }
  const numbered = numberedItems(text);
  if (numbered !== null) return [numbered];
  const atSemicolons = cut(
    text.replace(MARKER, (mark) => (/\d/.test(mark) ? mark : "")),
    ";",
  );
  if (atSemicolons.length > 1) return [withoutAnd(atSemicolons)];
  const atArrows = text.split(ARROW);
  return atArrows.length > 1 ? [atArrows.map((item) => item.trim())] : readings(text, type);
}

/** The elements of a gold list or set, as they are written. */
export function elementsOf(gold: string, type: ElementType): readonly string[] {
  return itemReadings(gold, type)[0] ?? [];
}

/** Lines with bullets, or with the numbers 1, 2 and so on. Null when a line has no such mark. */
function marked(lines: readonly string[]): string[] | null {
  const marks = lines.map((line) => MARKER.exec(line));
  if (marks.some((mark) => mark === null)) return null;
  const isOrder = marks.every((mark, index) => {
    const { number, letter } = mark?.groups ?? {};
    if (letter !== undefined) return letter === letterOf(index);
    return number === undefined || Number(number) === index + 1;
  });
  return isOrder
    ? lines.map((line, index) => withoutSeparator(line.slice(marks[index]?.[0].length ?? 0)))
    : null;
}

/** `1. Bern 2. Quito`, `(a) Bern (b) Quito`. Null for one number, and for another order. */
function numberedItems(text: string): string[] | null {
  const first = MARKER.exec(text)?.groups;
  const isLetters = first?.["letter"] === "a";
  if (!isLetters && first?.["number"] !== "1") return null;
  const items: string[] = [];
  let rest = text;
  for (let next = 1; next <= MAX_NUMBERED; next += 1) {
    rest = rest.replace(MARKER, "");
    const mark = isLetters ? `${letterOf(next)}[.)]` : `${next + 1}[.)]`;
    const end = new RegExp(`[\\s,;]\\(?${mark}\\s`).exec(rest);
    items.push(withoutSeparator(rest.slice(0, end?.index)));
    if (end === null) break;
    rest = rest.slice(end.index + 1);
  }
  return items.length > 1 ? withoutAnd(items) : null;
}

function letterOf(index: number): string {
  return String.fromCharCode(97 + index);
}

/** A line may end with the separator of its list. */
function withoutSeparator(line: string): string {
  return line.trim().replace(/\s*[;,]$/, "");
}

/** The last element may begin with `and`. */
function withoutAnd(items: readonly string[]): string[] {
  return items.map((item, index) => (index === items.length - 1 ? item.replace(/^(?:and|&)\s+/i, "") : item));
}

function readings(text: string, type: ElementType): string[][] {
  const isNumeric = type !== "string" && type !== "date" && type !== "boolean";
  const joins = (at: number): boolean =>
    (isNumeric && /\d$/.test(text.slice(0, at)) && /^\d{3}(?!\d)/.test(text.slice(at + 1))) ||
    (type === "date" &&
      /[a-z]{3}\.? \d{1,2}(?:st|nd|rd|th)?$/i.test(text.slice(0, at)) &&
      /^ \d{4}\b/.test(text.slice(at + 1)));
  const apart = cut(text, ",", joins);
  const plain = isNumeric ? [apart, cut(text, ",")] : [apart];
  return distinct(plain.flatMap((parts) => [...splitLast(parts), parts]));
}

/**
 * "A, B and C", "A, B, and C", "A and B": the last part is also cut at its "and"s, first at all of
 * them. "Mali and Antigua and Barbuda" may be two elements.
 */
function splitLast(parts: readonly string[]): string[][] {
  const last = (parts.at(-1) ?? "").replace(/^(?:and|&|\\&)\s+/i, "");
  const pieces = last.split(AND);
  const joins = pieces.length - 1;
  if (joins > MAX_ANDS) return [[...parts.slice(0, -1), ...pieces]];
  // Each bit of the number says whether one of the "and"s stays.
  return Array.from({ length: 2 ** joins }, (_, stays) => {
    const items = [pieces[0] as string];
    for (const [index, piece] of pieces.slice(1).entries()) {
      if ((stays >> index) % 2 === 0) items.push(piece);
      else items[items.length - 1] += ` and ${piece}`;
    }
    return [...parts.slice(0, -1), ...items];
  });
}

function distinct(all: readonly string[][]): string[][] {
  const keys = all.map((parts) => parts.join("\u0000"));
  return all.filter((_, index) => keys.indexOf(keys[index] as string) === index);
}

/** Cuts a text at a separator outside of brackets. */
function cut(text: string, separator: string, joins: (at: number) => boolean = () => false): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    // `1{,}234` is one number, and `\,` is a space.
    if (OPEN.includes(character)) depth += 1;
    else if (CLOSE.includes(character)) depth -= 1;
    else if (depth === 0 && character === separator && text.charAt(at - 1) !== "\\" && !joins(at)) {
      parts.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  return [...parts, text.slice(start).trim()];
}

/** Removes one pair of brackets around the whole text: `[1, 2]`, `\{1, 2\}`. */
function unbracket(text: string): string {
  const sized = text.replace(/\\(?:left|right)\s*(?=[()[\]\\])/g, "");
  const plain = unwrap(sized).replace(/^\\\{(.*)\\\}$/s, "{$1}");
  if (plain === "" || !OPEN.includes(plain.charAt(0))) return plain;
  let depth = 0;
  for (let at = 0; at < plain.length; at += 1) {
    if (OPEN.includes(plain.charAt(at))) depth += 1;
    if (CLOSE.includes(plain.charAt(at))) depth -= 1;
    if (depth === 0) return at === plain.length - 1 ? plain.slice(1, -1).trim() : plain;
  }
  return plain;
}
