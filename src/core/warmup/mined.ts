import { isSentence, type Unaskable, whyUnaskable } from "../corpus/askable.js";
import { gapKindOf } from "../corpus/gap-question.js";
import { passageLine, passages, wholePassages } from "../corpus/passages.js";
import { type StatedValue, statedValues } from "../corpus/values.js";
import type { Rng } from "../random/rng.js";
import type { FreeAnswerType } from "../records/answer.js";
import type { Segment } from "../records/document.js";
import { gapQuestion } from "../text/gap.js";
import { findSpan, searchable } from "../text/spans.js";
import { wrongOptions } from "./facts.js";
import type { KnownTask } from "./known-task.js";

/** Values in sentences of the warm start's documents, grouped by type and `StatedValue.form`. */
export interface ValuePool {
  /**
   * The first key is a type and a form (`keyOf`). The second key is a value. The set has the
   * split keys of the documents that state the value.
   */
  readonly byForm: ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>;
  /** Words that the documents write with a small letter. */
  readonly common: ReadonlySet<string>;
}

/** Collects the values of many segments, once for a warm start. */
export function valuePool(segments: readonly Segment[]): ValuePool {
  const common = new Set<string>();
  for (const { text } of segments) for (const [word] of text.matchAll(SMALL_WORD)) common.add(word);
  const byForm = new Map<string, Map<string, Set<string>>>();
  for (const segment of segments) {
    for (const span of passages(segment)) {
      const sentence = passageLine(segment, span);
      // Capitalized words of headings and table rows are no names.
      if (!isSentence(sentence)) continue;
      for (const value of statedValues(sentence)) {
        if (namesNothing(value, common)) continue;
        const values = byForm.get(keyOf(value)) ?? new Map<string, Set<string>>();
        byForm.set(keyOf(value), values);
        const origins = values.get(value.text) ?? new Set<string>();
        values.set(value.text, origins.add(segment.document.splitKey));
      }
    }
  }
  return { byForm, common };
}

/** A word with a small first letter, of three letters or more. */
const SMALL_WORD = /(?<![\p{L}\p{N}._/@-])\p{Ll}[\p{L}-]{2,}/gu;

/** A word of four or more capital letters, for example in the title of a box: `CULTURE`. */
const SHOUTED = /^\p{Lu}{4,}$/u;

/**
 * True for capitalized words that are not a name. An ordinary word is a word that the documents
 * also write with a small letter. The words are not a name in three cases:
 *
 * - All of them are ordinary words: `Gateway`.
 * - They begin the sentence, and the first of them is an ordinary word: `Available SELinux`.
 * - An ordinary word among them is written in capitals: `CULTURE Git`.
 */
function namesNothing({ type, text, start }: StatedValue, common: ReadonlySet<string>): boolean {
  if (type !== "name") return false;
  const all = text.split(" ");
  const isCommon = (word: string) => common.has(word.toLowerCase());
  if (all.every(isCommon) || (start === 0 && isCommon(all[0] ?? ""))) return true;
  return all.length > 1 && all.some((word) => SHOUTED.test(word) && isCommon(word));
}

/**
 * Tasks made from sentences without a model. Each date, quantity, number, name or definition of a
 * sentence gives one task at most. It gives none when a document of the pool with another split key
 * states it too.
 * The question quotes the sentence with a gap in the place of the value: `Which year completes
 * "Debian was announced by Ian Murdock in ___."?` The question for a definition has no gap: the
 * sentence `SELinux is a security module for Linux.` gives `What is SELinux?`. The wrong options
 * are other values of the same type and form. They do not stand in the segment.
 *
 * A sentence gives no task when it can be understood only with the sentences around it, or when it
 * contains markup. The caller lets the checks of admission decide about each task.
 */
export function minedTasks(segment: Segment, pool: ValuePool, rng: Rng): readonly KnownTask[] {
  return minedSentences(segment, pool, rng).flatMap(({ tasks }) => tasks);
}

/**
 * Why a sentence gives no task. `no_value`: it states no value. `common_value`: another document of
 * the pool states the value. `no_question`: the question cannot quote the sentence.
 */
export type Unmined = Unaskable | "no_value" | "common_value" | "no_question";

/** The tasks of one sentence. */
export interface MinedSentence {
  readonly tasks: readonly KnownTask[];
  /** Null when the sentence gives a task. */
  readonly refusal: Unmined | null;
}

/** The tasks of `minedTasks` by sentence, with the reason of each sentence without a task. */
export function minedSentences(segment: Segment, pool: ValuePool, rng: Rng): readonly MinedSentence[] {
  const search = searchable(segment.text);
  return wholePassages(segment).map((passage): MinedSentence => {
    const sentence = passageLine(segment, passage);
    const fault = whyUnaskable(sentence);
    if (fault !== null) return { tasks: [], refusal: fault };
    const tasks: KnownTask[] = [];
    let refusal: Unmined | null = null;
    for (const value of statedValues(sentence)) {
      if (namesNothing(value, pool.common)) continue;
      const alternatives = pool.byForm.get(keyOf(value));
      const stated = alternatives?.get(value.text) ?? [];
      if ([...stated].some((key) => key !== segment.document.splitKey)) {
        refusal ??= "common_value";
        continue;
      }
      const question = asQuestion(sentence, value);
      if (question === null) {
        refusal ??= "no_question";
        continue;
      }
      const candidates = [...(alternatives?.keys() ?? [])].filter(
        (text) => text !== value.text && findSpan(search, text) === null,
      );
      tasks.push({
        source: "mined",
        question,
        answer: value.text,
        answerType: answerTypeOf(value),
        wrong: wrongOptions([value.text], alike(value, candidates, rng)) ?? [],
        passage,
      });
    }
    return { tasks, refusal: tasks.length > 0 ? null : (refusal ?? "no_value") };
  });
}

function keyOf({ type, form }: StatedValue): string {
  return `${type} ${form}`;
}

/**
 * The question for a value of a sentence. A definition always has a question. For another value,
 * the result is null in two cases: the sentence contains a quotation mark; the sentence contains
 * the value more than once.
 */
function asQuestion(sentence: string, value: StatedValue): string | null {
  const { start, end } = value;
  const before = sentence.slice(0, start);
  if (value.type === "definition") return definitionQuestion(before);
  const rest = `${before} ${sentence.slice(end)}`;
  // A quotation mark would end the quoted sentence of the question.
  if (sentence.includes('"') || findSpan(rest, value.text) !== null) return null;
  return gapQuestion(gapKindOf(value), sentence, [{ start, end }]);
}

/** `SELinux is ` gives `What is SELinux?`. */
function definitionQuestion(before: string): string {
  const [, subject = "", verb = ""] = /^(.*) (\S+) $/.exec(before) ?? [];
  return `What ${verb} ${subject.replace(/^(The|An?) /, (article) => article.toLowerCase())}?`;
}

function answerTypeOf({ type, text }: StatedValue): FreeAnswerType {
  if (type === "definition") return "string";
  if (type === "number") return /^\d[\d,]*$/.test(text) ? "integer" : "number";
  return type === "name" ? "string" : type;
}

/**
 * Two numbers are of similar size when the larger is at most this many times the smaller. A number
 * of another size is easy to see as wrong.
 */
const NEAR = 30;

/** Candidates in random order; for numbers, those of a similar size first. */
function alike(value: StatedValue, candidates: readonly string[], rng: Rng): readonly string[] {
  const shuffled = rng.shuffle([...candidates].sort());
  if (value.type !== "number" && value.type !== "quantity") return shuffled;
  const own = sizeOf(value.text);
  const isNear = (text: string) => Math.max(sizeOf(text) / own, own / sizeOf(text)) <= NEAR;
  return [...shuffled.filter(isNear), ...shuffled.filter((text) => !isNear(text))];
}

/** The number of a text, at least 1/2 so that ratios are finite. */
function sizeOf(text: string): number {
  return Math.max(0.5, Number.parseFloat(text.replaceAll(",", "")) || 0);
}
