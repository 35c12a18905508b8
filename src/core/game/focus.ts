import { passageLine, passages } from "../corpus/passages.js";
import { statedValues, type ValueType } from "../corpus/values.js";
import type { Rng } from "../random/rng.js";
import type { FreeAnswerType } from "../records/answer.js";
import type { Segment } from "../records/document.js";
import type { TaskFormat } from "../records/task.js";
import { words } from "../text/normalize.js";
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
 * that suit best: short ones that state a value of the type asked for; else longer ones; else lines
 * with a label (`Capital: Berlin`) and sentences; else any passage. Null when the document has no
 * passage.
 */
export function pickFocus(segment: Segment, format: TaskFormat, rng: Rng): Span | null {
  const all = lines(segment);
  const telling = all.filter(({ line }) => tells(line));
  const best = telling.filter(({ line }) => holdsValue(line, format));
  const short = best.filter(({ line }) => isShort(line));
  const chosen = [short, best, telling, all].find((one) => one.length > 0);
  return chosen === undefined ? null : rng.pick(chosen).span;
}

/** True when a segment has a short passage that states a value of any type. */
export function hasFocus(segment: Segment): boolean {
  return lines(segment).some(({ line }) => isShort(line) && tells(line) && holdsValue(line, ANY_FORMAT));
}

const ANY_FORMAT: TaskFormat = { kind: "mcq" };

function lines(segment: Segment): readonly { readonly span: Span; readonly line: string }[] {
  return passages(segment).map((span) => ({ span, line: passageLine(segment, span) }));
}

function isShort(line: string): boolean {
  return LABELLED.test(line) || words(line).length <= MAX_SENTENCE_WORDS;
}

/** Words of a sentence; fewer are a heading or a remark, and more are hard to ask about. */
const MIN_SENTENCE_WORDS = 5;
const MAX_SENTENCE_WORDS = 18;
const LABELLED = /^[^:]{2,48}: +\S/;

/** True for a line with a label and for a sentence, and false for headings, links and rows. */
function tells(line: string): boolean {
  if (/^[#|>]|https?:\/\/|\]\(|[{}<>\\]|\s\|\s/.test(line)) return false;
  if (LABELLED.test(line)) return true;
  return (
    /^["'\u201c(]?[\p{Lu}\p{N}]/u.test(line) &&
    /[.!?]["'\u201d)]*$/.test(line) &&
    words(line).length >= MIN_SENTENCE_WORDS
  );
}

/** True when the passage states a value of the wanted type; a line with a label states one. */
function holdsValue(line: string, format: TaskFormat): boolean {
  const wanted = format.kind === "mcq" ? undefined : ANSWERED_BY[format.answerType];
  const values = statedValues(line);
  if (wanted === undefined) return values.length > 0 || LABELLED.test(line);
  return values.some(({ type }) => wanted.includes(type));
}
