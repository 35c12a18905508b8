import { isSentence, standsAlone } from "../corpus/askable.js";
import { passageLine, passages, wholePassages } from "../corpus/passages.js";
import { type StatedValue, statedValues, type ValueType } from "../corpus/values.js";
import type { Rng } from "../random/rng.js";
import type { FreeAnswerType } from "../records/answer.js";
import type { Segment } from "../records/document.js";
import { findSpan, searchable } from "../text/spans.js";
import { wrongOptions } from "./facts.js";
import type { KnownTask } from "./known-task.js";

/** The values that the documents of the warm start state, by type and form. */
export interface ValuePool {
  /**
   * The first key is a type and a form (`keyOf`). The second key is a value. The set has the ids of
   * the documents that state the value.
   */
  readonly byForm: ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>;
}

/** Collects the values of many segments, once for a warm start. */
export function valuePool(segments: readonly Segment[]): ValuePool {
  const byForm = new Map<string, Map<string, Set<string>>>();
  for (const segment of segments) {
    for (const span of passages(segment)) {
      const sentence = passageLine(segment, span);
      // Headings and rows of tables are left out: their capitalized words are often not names.
      if (!isSentence(sentence)) continue;
      for (const value of statedValues(sentence)) {
        const values = byForm.get(keyOf(value)) ?? new Map<string, Set<string>>();
        byForm.set(keyOf(value), values);
        const documents = values.get(value.text) ?? new Set<string>();
        values.set(value.text, documents.add(segment.document.id));
      }
    }
  }
  return { byForm };
}

/**
 * Tasks made from sentences without a model. Each date, quantity, number, name or definition of a
 * sentence gives one task at most. It gives none when another document of the pool states it too.
 * The question is the sentence with question words in the place of the value: `Debian was announced
 * by Ian Murdock in which year?`. For the definition `SELinux is a security module.` the question
 * is `What is SELinux?`. The wrong options are other values of the same type and form. They do not
 * stand in the segment.
 *
 * A sentence gives no task when it can be understood only with the sentences around it, or when it
 * contains markup. The caller lets the checks of admission decide about each task.
 */
export function minedTasks(segment: Segment, pool: ValuePool, rng: Rng): readonly KnownTask[] {
  const search = searchable(segment.text);
  return wholePassages(segment).flatMap((passage) => {
    const sentence = passageLine(segment, passage);
    if (!standsAlone(sentence)) return [];
    return statedValues(sentence).flatMap((value): readonly KnownTask[] => {
      const others = [...(pool.byForm.get(keyOf(value)) ?? [])];
      const stated = others.find(([text]) => text === value.text)?.[1] ?? new Set<string>();
      if ([...stated].some((id) => id !== segment.document.id)) return [];
      const candidates = others
        .map(([text]) => text)
        .filter((text) => text !== value.text && findSpan(search, text) === null);
      const question = asQuestion(sentence, value);
      if (question === null) return [];
      return [
        {
          source: "mined",
          question,
          answer: value.text,
          answerType: answerTypeOf(value),
          wrong: wrongOptions([value.text], alike(value, candidates, rng)) ?? [],
          passage,
        },
      ];
    });
  });
}

function keyOf({ type, form }: StatedValue): string {
  return `${type} ${form}`;
}

const DATE_WORDS: Readonly<Record<string, string>> = {
  year: "which year",
  month: "which month and year",
  day: "which date",
};

/** The words that ask for a value of a type. */
const ASKS: Readonly<Record<ValueType, (value: StatedValue) => string>> = {
  date: ({ form }) => DATE_WORDS[form] as string,
  quantity: ({ form, text }) =>
    form === "percent" ? "what percentage" : `how many ${text.replace(/^\S+\s*/, "")}`,
  number: ({ form }) => (form === "count" ? "how many" : "which number"),
  name: () => "who or what",
  definition: () => "what",
};

/**
 * With an article before a name and a noun after it, the name is a part of a longer name. The
 * question for `the Netfilter hooks` then asks `which hooks`.
 */
const ARTICLE_BEFORE = /(?:^|\s)(?:the|a|an)\s+$/i;
const NOUN_AFTER = /^\s+\p{Ll}{3,}/u;

/** The sentence with question words in the place of the value; null when that gives no question. */
function asQuestion(sentence: string, value: StatedValue): string | null {
  const before = sentence.slice(0, value.start);
  const after = sentence.slice(value.end);
  if (value.type === "definition") return definitionQuestion(before);
  if (/[("'\u2018\u201c]$/.test(before) || findSpan(`${before} ${after}`, value.text) !== null) return null;
  const isPart = value.type === "name" && ARTICLE_BEFORE.test(before) && NOUN_AFTER.test(after);
  const asked = isPart
    ? `${before.replace(ARTICLE_BEFORE, " ")}which${after}`
    : `${before}${ASKS[value.type](value)}${after}`;
  const question = asked.replace(/\s*\.$/, "?").trim();
  return question.charAt(0).toUpperCase() + question.slice(1);
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
