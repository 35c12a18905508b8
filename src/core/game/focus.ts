import { standsAlone } from "../corpus/askable.js";
import { LABELLED, passageLine, wholePassages } from "../corpus/passages.js";
import { statedValues, type ValueType } from "../corpus/values.js";
import type { Rng } from "../random/rng.js";
import type { FreeAnswerType } from "../records/answer.js";
import type { Segment } from "../records/document.js";
import type { TaskFormat } from "../records/task.js";
import type { Span } from "../text/spans.js";

/**
 * For each type of answer: the types of values that can be the answer. For a type of answer that is
 * not in this table, a value of every type can be the answer.
 */
const ANSWERED_BY: Partial<Readonly<Record<FreeAnswerType, readonly ValueType[]>>> = {
  integer: ["number"],
  number: ["number", "quantity"],
  quantity: ["quantity"],
  date: ["date"],
};

/**
 * Picks the passage that the questions of this document must be about. The passages have four
 * groups. The passage is picked at random from the first group that is not empty:
 *
 * 1. lines of a card (`Capital: Berlin`) and short sentences that can be understood alone, when
 *    they state a value of the type asked for
 * 2. all lines of a card and all sentences that state such a value
 * 3. all lines of a card and all sentences
 * 4. all passages
 *
 * Null when the document has no passage.
 */
export function pickFocus(segment: Segment, format: TaskFormat, rng: Rng): Span | null {
  const all = lines(segment);
  const card = isCard(segment, all);
  const telling = all.filter(({ line }) => tells(line, card));
  const valued = telling.filter(({ line }) => holdsValue(line, format, card));
  const best = valued.filter(({ line }) => isAskable(line, card));
  const chosen = [best, valued, telling, all].find((one) => one.length > 0);
  return chosen === undefined ? null : rng.pick(chosen).span;
}

/** True when `pickFocus` finds a passage of group 1 in the segment. */
export function hasFocus(segment: Segment, format: TaskFormat): boolean {
  const all = lines(segment);
  const card = isCard(segment, all);
  return all.some(({ line }) => tells(line, card) && isAskable(line, card) && holdsValue(line, format, card));
}

interface Line {
  readonly span: Span;
  readonly line: string;
}

function lines(segment: Segment): readonly Line[] {
  return wholePassages(segment).map((span) => ({ span, line: passageLine(segment, span) }));
}

/**
 * Fewest lines with a label that make a card. In a text with fewer such lines, they are list items
 * or remarks inside prose, and state no fact.
 */
const LINES_OF_A_CARD = 3;

/**
 * True for a card of facts about a subject: most of its lines have a label (`Capital: Berlin`).
 * Without a subject, a question about such a line cannot say what the line is about.
 */
function isCard({ document }: Segment, all: readonly Line[]): boolean {
  if (document.subject === "") return false;
  const labelled = all.filter(({ line }) => LABELLED.test(line)).length;
  return labelled >= LINES_OF_A_CARD && labelled > all.length / 2;
}

/** True for a sentence and for a line of a card, and false for headings, links and rows. */
function tells(line: string, card: boolean): boolean {
  if (/^[#|>]|https?:\/\/|\]\(|[{}<>\\]|\s\|\s/.test(line)) return false;
  return (card && LABELLED.test(line)) || /^["'\u201c(]?[\p{Lu}\p{N}].*[.!?]["'\u201d)]*$/u.test(line);
}

function isAskable(line: string, card: boolean): boolean {
  return (card && LABELLED.test(line)) || standsAlone(line);
}

/**
 * True when the passage states a value of the type asked for. When every type of value can be the
 * answer, each line of a card has such a value: the text behind its label.
 */
function holdsValue(line: string, format: TaskFormat, card: boolean): boolean {
  const wanted = format.kind === "mcq" ? undefined : ANSWERED_BY[format.answerType];
  const values = statedValues(line);
  if (wanted === undefined) return values.length > 0 || (card && LABELLED.test(line));
  return values.some(({ type }) => wanted.includes(type));
}
