import { standsAlone } from "../corpus/askable.js";
import { passageLine, passages } from "../corpus/passages.js";
import { statedValues, type ValueType } from "../corpus/values.js";
import type { Rng } from "../random/rng.js";
import type { FreeAnswerType } from "../records/answer.js";
import type { Segment } from "../records/document.js";
import type { TaskFormat } from "../records/task.js";
import type { Span } from "../text/spans.js";

/** Types of values that can answer a question of a type; all other types of question take any. */
const ANSWERED_BY: Partial<Readonly<Record<FreeAnswerType, readonly ValueType[]>>> = {
  integer: ["number"],
  number: ["number", "quantity"],
  quantity: ["quantity"],
  date: ["date"],
};

/**
 * Picks the passage that the questions of this document must be about, uniformly from the passages
 * that suit best: lines with a label (`Capital: Berlin`), and short sentences that can be understood
 * alone and state a value of the type asked for; else other sentences with such a value; else any
 * sentence; else any passage. Null when the document has no passage.
 */
export function pickFocus(segment: Segment, format: TaskFormat, rng: Rng): Span | null {
  const all = lines(segment);
  const telling = all.filter(({ line }) => tells(line));
  const valued = telling.filter(({ line }) => holdsValue(line, format));
  const best = valued.filter(({ line }) => isAskable(line));
  const chosen = [best, valued, telling, all].find((one) => one.length > 0);
  return chosen === undefined ? null : rng.pick(chosen).span;
}

/** True when a segment has a passage that suits best, for any type of answer. */
export function hasFocus(segment: Segment): boolean {
  return lines(segment).some(({ line }) => tells(line) && isAskable(line) && holdsValue(line, ANY_FORMAT));
}

const ANY_FORMAT: TaskFormat = { kind: "mcq" };

function lines(segment: Segment): readonly { readonly span: Span; readonly line: string }[] {
  return passages(segment).map((span) => ({ span, line: passageLine(segment, span) }));
}

const LABELLED = /^[^:]{2,48}: +\S/;

/** True for a line with a label and for a sentence, and false for headings, links and rows. */
function tells(line: string): boolean {
  if (/^[#|>]|https?:\/\/|\]\(|[{}<>\\]|\s\|\s/.test(line)) return false;
  return LABELLED.test(line) || /^["'\u201c(]?[\p{Lu}\p{N}].*[.!?]["'\u201d)]*$/u.test(line);
}

function isAskable(line: string): boolean {
  return LABELLED.test(line) || standsAlone(line);
}

/** True when the passage states a value of the wanted type; a line with a label states one. */
function holdsValue(line: string, format: TaskFormat): boolean {
  const wanted = format.kind === "mcq" ? undefined : ANSWERED_BY[format.answerType];
  const values = statedValues(line);
  if (wanted === undefined) return values.length > 0 || LABELLED.test(line);
  return values.some(({ type }) => wanted.includes(type));
}
