import { OPTION_COUNT } from "./admission/options.js";
import type { Prompt } from "./chat.js";
import type { Fact, Segment } from "./document.js";
import { factField } from "./fact-fields.js";
import { answerKey, containsWords, words } from "./normalise.js";
import { acceptedAnswers } from "./oracle.js";
import type { PromptFamily } from "./prompts/family.js";
import type { Rng } from "./rng.js";
import { findSpan } from "./spans.js";
import type { Candidate, Task, TaskFormat } from "./task.js";

/** One supervised example: what the model is asked and what it should write. */
export interface WarmupExample {
  readonly prompt: Prompt;
  readonly completion: string;
  readonly role: "challenger" | "reasoner";
}

/** Facts of a document that become examples: more would only repeat the form. */
const FACTS_PER_DOCUMENT = 6;

/**
 * Templated supervised examples from a document's facts: for each of a few facts a proposal (free form and, where enough wrong options
 * can be borrowed from the same field of other documents, multiple choice) and the matching answers, with the document in hand and blind.
 * They teach the two roles' form; the documents are never used in self-play.
 *
 * @param pool documents that lend wrong options
 */
export function warmupExamples(segment: Segment, pool: readonly Segment[], rng: Rng, family: PromptFamily): readonly WarmupExample[] {
  const facts = rng.shuffle(segment.document.facts.filter((fact) => isShown(fact, segment)));
  return facts.slice(0, FACTS_PER_DOCUMENT).flatMap((fact) => {
    const candidates = [freeForm(fact, rng), multipleChoice(fact, pool, rng)].filter((one) => one !== null);
    return candidates.flatMap((candidate) => examplesOf(candidate, segment, rng, family));
  });
}

/** The value must stand in this piece of the document, or the example would teach inventing. */
function isShown(fact: Fact, segment: Segment): boolean {
  return fact.values[0] !== undefined && findSpan(segment.text, fact.values[0]) !== null;
}

function examplesOf(candidate: Candidate, segment: Segment, rng: Rng, family: PromptFamily): WarmupExample[] {
  const { answerType } = candidate;
  const format: TaskFormat = answerType === "mcq" ? { kind: "mcq" } : { kind: "free", answerType };
  const task: Task = {
    ...candidate,
    id: "warmup",
    segmentId: segment.id,
    shuffled: rng.shuffle(candidate.options),
    evidence: findSpan(segment.text, candidate.answer) ?? { start: 0, end: 0 },
  };
  const completion = family.answerText(task);
  return [
    { prompt: family.challenger(segment, format), completion: family.proposalText(candidate), role: "challenger" },
    { prompt: family.openBook(segment, task), completion, role: "reasoner" },
    { prompt: family.blind(task), completion, role: "reasoner" },
  ];
}

function freeForm(fact: Fact, rng: Rng): Candidate {
  const answer = fact.values[0] as string;
  return { question: questionFor(fact, rng), answer, answerType: "string", options: [], quotes: [] };
}

function multipleChoice(fact: Fact, pool: readonly Segment[], rng: Rng): Candidate | null {
  const wrong = distractors(fact, pool, rng);
  const answer = fact.values[0] as string;
  return wrong === null
    ? null
    : { question: questionFor(fact, rng), answer, answerType: "mcq", options: [answer, ...wrong], quotes: [] };
}

function questionFor({ field, subject }: Fact, rng: Rng): string {
  const templates = factField(field)?.questions ?? [`What is the ${field.toLowerCase()} of {s}?`];
  return rng.pick(templates).replaceAll("{s}", subject);
}

/** Values of the same field elsewhere that neither hold nor are held by an accepted answer or each other; null when there are too few. */
function distractors(fact: Fact, pool: readonly Segment[], rng: Rng): string[] | null {
  const elsewhere = pool
    .flatMap((segment) => segment.document.facts)
    .filter((other) => other.field === fact.field && other.subject !== fact.subject)
    .flatMap((other) => other.values.slice(0, 1));
  const taken = acceptedAnswers(fact).map(answerWords);
  const chosen: string[] = [];
  for (const value of rng.shuffle([...new Set(elsewhere)].sort())) {
    const own = answerWords(value);
    if (own.length === 0 || taken.some((one) => containsWords(one, own) || containsWords(own, one))) continue;
    taken.push(own);
    chosen.push(value);
    if (chosen.length === OPTION_COUNT - 1) return chosen;
  }
  return null;
}

function answerWords(text: string): string[] {
  return words(answerKey(text));
}
