import { keyed, type Rng } from "../../src/core/random/rng.js";
import type { Fact, Segment } from "../../src/core/records/document.js";
import type { Candidate } from "../../src/core/records/task.js";
import { containsWords, words } from "../../src/core/text/normalize.js";
import { factField } from "../../src/core/truth/fact-fields.js";
import { distractors } from "../../src/core/warmup/warmup.js";
import { type DatedLine, type GateCorpus, makeSegment } from "./corpus.js";

/** A task of the set, with its segment. */
export interface GateTask {
  readonly segment: Segment;
  readonly candidate: Candidate;
  /** The fact of the task; null for a task from a dated line or from two facts. */
  readonly fact: Fact | null;
  /** Kind of right task, for the table. */
  readonly shape: string;
}

/** Number of countries for each field. */
const PER_FIELD = 18;
const PER_DATED_LABEL = 20;
const SUMS = 40;

/**
 * Returns right, answerable tasks about real facts: every field of the cards as multiple choice,
 * short answer and, for numbers, integer, each with and without a quoted line; dated measures with
 * their year; differences of two facts.
 */
export function goodTasks(corpus: GateCorpus): GateTask[] {
  const byField = [...corpus.byField].filter(([field]) => factField(field) !== null);
  const fields = byField.flatMap(([field, all]) =>
    keyed(corpus.draw, "good", field)
      .shuffle(all)
      .slice(0, PER_FIELD)
      .flatMap(
        (one, index) =>
          fieldTask(one.fact, one.segment, corpus, index, keyed(corpus.draw, field, index)) ?? [],
      ),
  );
  return [...fields, ...datedTasks(corpus), ...differences(corpus)];
}

/** Returns the `Label: value` line of a fact. */
export function lineOf({ field, values }: Fact): string {
  return `${field}: ${values[0]}`;
}

/** @param template number of the wording of the field, from 0; any number */
export function questionOf({ field, subject }: Fact, template: number): string {
  const all = factField(field)?.questions ?? [];
  return (all[template % all.length] as string).replaceAll("{s}", () => subject);
}

function fieldTask(
  fact: Fact,
  segment: Segment,
  corpus: GateCorpus,
  index: number,
  rng: Rng,
): GateTask | null {
  const list = factField(fact.field)?.list === true;
  const answer = fact.values[0] as string;
  const question = questionOf(fact, index);
  const quotes = index % 2 === 0 ? [lineOf(fact)] : [];
  const plain = { question, answer, quotes };
  if (index % 3 === 0 && /^[\d,]+$/.test(answer))
    return { segment, fact, shape: "integer", candidate: { ...plain, answerType: "integer", options: [] } };
  if (index % 3 !== 1)
    return {
      ...{ segment, fact, shape: list ? "list" : /\d/.test(answer) ? "number" : "string" },
      candidate: { ...plain, answerType: "string", options: [] },
    };
  const wrong = wrongOptions(fact, corpus, rng);
  if (wrong === null) return null;
  return {
    segment,
    fact,
    shape: "mcq",
    candidate: { ...plain, answerType: "mcq", options: [answer, ...wrong] },
  };
}

/**
 * Returns three values of the field in other countries that share no word with the answer; numbers
 * have the same unit.
 */
export function wrongOptions(fact: Fact, { byField }: GateCorpus, rng: Rng): string[] | null {
  const answer = fact.values[0] as string;
  const alike = (byField.get(fact.field) ?? []).flatMap(({ fact: other, segment }) => {
    const value = other.values[0] as string;
    if (unitOf(value) !== unitOf(answer) || kindOf(value) !== kindOf(answer)) return [];
    return [{ ...segment, document: { ...segment.document, facts: [other] } }];
  });
  return distractors(fact, alike, rng);
}

function unitOf(text: string): string {
  return /\d/.test(text) ? (words(text).at(-1) ?? "").replace(/^[\d.]+$/, "") : "words";
}

/** Dates with and without a month are two kinds. */
function kindOf(text: string): string {
  return /\d/.test(text) ? (/[A-Z][a-z]{2}/.test(text) ? "dated" : "number") : "words";
}

/** Returns a line of a measure in several years, as the Factbook prints it. */
export function datedSegment({ country, label, values }: DatedLine): Segment {
  const printed = values.map(({ value, year }) => `${value} (${year} est.)`).join(", ");
  return makeSegment(
    `Country: ${country}\n${label}: ${printed}\nSource: national accounts`,
    country,
    [],
    "facts",
  );
}

function datedTasks({ dated, draw }: GateCorpus): GateTask[] {
  const labels = [...new Set(dated.map((one) => one.label))];
  return labels.flatMap((label) => {
    const lines = keyed(draw, "dated", label).shuffle(dated.filter((one) => one.label === label));
    return lines.slice(0, PER_DATED_LABEL).map((line, index) => {
      const { value, year } = line.values[index % line.values.length] as { value: string; year: string };
      const candidate: Candidate = {
        question: `What was the ${lower(label)} of ${line.country} in ${year}?`,
        ...{ answer: value, answerType: "string", options: [], quotes: [] },
      };
      return { segment: datedSegment(line), fact: null, shape: "dated", candidate };
    });
  });
}

/**
 * Returns the label in lower case. `GDP growth rate` keeps its capitals, `Inflation rate` does not.
 */
export function lower(label: string): string {
  return /^[A-Z]{2}/.test(label) ? label : `${label.charAt(0).toLowerCase()}${label.slice(1)}`;
}

/**
 * Returns tasks about life expectancy minus median age: the answer is not in the text and follows
 * from two lines.
 */
function differences({ cards, draw }: GateCorpus): GateTask[] {
  const tasks = cards.flatMap((segment): GateTask[] => {
    const value = (field: string) => segment.document.facts.find((fact) => fact.field === field);
    const [expectancy, age] = [value("Life expectancy"), value("Median age")];
    if (expectancy === undefined || age === undefined) return [];
    const difference =
      Number.parseInt(expectancy.values[0] ?? "", 10) - Number.parseInt(age.values[0] ?? "", 10);
    const question = `By how many years does life expectancy exceed the median age in ${expectancy.subject}?`;
    const quotes = [lineOf(expectancy), lineOf(age)];
    const candidate: Candidate = {
      question,
      answer: String(difference),
      answerType: "integer",
      options: [],
      quotes,
    };
    const leaks = containsWords(words(question), [String(difference)]);
    return leaks ? [] : [{ segment, candidate, fact: null, shape: "derived" }];
  });
  return keyed(draw, "differences").shuffle(tasks).slice(0, SUMS);
}
