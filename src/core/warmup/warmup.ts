import { optionKinds } from "../admission/options/option-kinds.js";
import { OPTION_COUNT } from "../admission/options/options.js";
import { leak } from "../admission/question/leak.js";
import { passages } from "../corpus/passages.js";
import type { ChallengerConfig } from "../experiment/experiment.js";
import { formatOf } from "../game/formats.js";
import type { PromptFamily } from "../prompts/family.js";
import type { Rng } from "../random/rng.js";
import type { Fact, Segment } from "../records/document.js";
import type { Prompt } from "../records/prompt.js";
import type { Candidate, Task } from "../records/task.js";
import { answerKey, containsWords, words } from "../text/normalize.js";
import { findSpan, type Span } from "../text/spans.js";
import { factField } from "../truth/fact-fields.js";
import { acceptedAnswers } from "../truth/oracle.js";

/** One supervised example: what the model is asked and what it should write. */
export interface WarmupExample {
  readonly prompt: Prompt;
  readonly completion: string;
  readonly role: "challenger" | "reasoner";
}

/**
 * Examples of one document, as far as its facts go: those with the document share its tokens, so they are cheap. Blind ones
 * teach the form of an answer, that one of the options is wanted, and not to prefer one for its place: with four of them the
 * Reasoner came out so sure of wrong options that most tasks were never solved, and the Challenger's reward had nothing to grade.
 */
const PROPOSALS = 6;
const OPEN_BOOK = 3;
const BLIND = 10;
/** Of the Reasoner's examples, one in this many is not multiple choice: a free answer can only be known, not learnt as a form. */
const FREE_EVERY = 4;

/**
 * Templated supervised examples from a document's facts, for documents that self-play never uses. They teach
 * a small model the form of both roles, and that answers come from the document; not the facts that it will
 * be asked about. Proposals are about different facts, in the formats of self-play's mix (facts are texts: every free format is
 * taught as `string`).
 *
 * @param pool documents that lend wrong options, from the same field of other subjects
 * @param challenger as in self-play: with focus `passage` each proposal is asked for by naming its fact's passage
 */
export function warmupExamples(
  segment: Segment,
  pool: readonly Segment[],
  rng: Rng,
  family: PromptFamily,
  { focus, mix }: Pick<ChallengerConfig, "focus" | "mix">,
): readonly WarmupExample[] {
  const facts = segment.document.facts.filter((fact) => isShown(fact, segment));
  const shift = rng.next();
  const make = (fact: Fact, mcq: boolean): readonly Candidate[] => {
    const made = mcq ? multipleChoice(fact, pool, rng) : freeForm(fact, rng);
    return made !== null && teaches(made) ? [made] : [];
  };
  const propose = (fact: Fact, index: number): readonly WarmupExample[] => {
    const mcq = formatOf(mix, index, PROPOSALS, shift).kind === "mcq";
    const format = mcq ? ({ kind: "mcq" } as const) : ({ kind: "free", answerType: "string" } as const);
    const passage = focus === "passage" ? passageOf(fact, segment) : null;
    if (focus === "passage" && passage === null) return [];
    const prompt = family.challenger(segment, format, passage);
    return make(fact, mcq).map((one) => ({
      prompt,
      completion: family.proposalText(one),
      role: "challenger",
    }));
  };
  const tasks = (count: number): readonly Task[] =>
    Array.from({ length: count }, () => {
      const mcq = rng.int(FREE_EVERY) !== 0;
      return rng
        .shuffle(facts)
        .flatMap((fact) => make(fact, mcq))
        .slice(0, 1)
        .map((candidate) => toTask(candidate, segment, rng));
    }).flat();
  const answer = (prompt: Prompt, task: Task): WarmupExample => ({
    prompt,
    completion: family.answerText(task),
    role: "reasoner",
  });
  return [
    ...rng.shuffle(facts).slice(0, PROPOSALS).flatMap(propose),
    ...tasks(OPEN_BOOK).map((task) => answer(family.openBook(segment, task), task)),
    ...tasks(BLIND).map((task) => answer(family.blind(task), task)),
  ];
}

/** What self-play would refuse must not be taught. */
function teaches(candidate: Candidate): boolean {
  return [leak, optionKinds].every((check) => check.run({ candidate }).ok);
}

/** The passage in which a fact's value stands. */
function passageOf({ values }: Fact, segment: Segment): Span | null {
  const value = findSpan(segment.text, values[0] ?? "");
  if (value === null) return null;
  return passages(segment).find(({ start, end }) => start <= value.start && value.end <= end) ?? null;
}

/** The value must stand in this piece of the document, or the example would teach inventing. */
function isShown(fact: Fact, segment: Segment): boolean {
  return fact.values[0] !== undefined && findSpan(segment.text, fact.values[0]) !== null;
}

function toTask(candidate: Candidate, segment: Segment, rng: Rng): Task {
  return {
    ...candidate,
    id: "warmup",
    segmentId: segment.id,
    shuffled: rng.shuffle(candidate.options),
    evidence: findSpan(segment.text, candidate.answer) ?? { start: 0, end: 0 },
  };
}

function freeForm(fact: Fact, rng: Rng): Candidate {
  return {
    question: questionFor(fact, rng),
    answer: canonical(fact),
    answerType: "string",
    options: [],
    quotes: [],
  };
}

function multipleChoice(fact: Fact, pool: readonly Segment[], rng: Rng): Candidate | null {
  const wrong = distractors(fact, pool, rng);
  if (wrong === null) return null;
  const answer = canonical(fact);
  return {
    question: questionFor(fact, rng),
    answer,
    answerType: "mcq",
    options: [answer, ...wrong],
    quotes: [],
  };
}

function canonical(fact: Fact): string {
  return fact.values[0] as string;
}

function questionFor({ field, subject }: Fact, rng: Rng): string {
  const templates = factField(field)?.questions ?? [`What is the ${field.toLowerCase()} of {s}?`];
  return rng.pick(templates).replaceAll("{s}", () => subject);
}

/**
 * Values of the same field elsewhere, none holding or held by an accepted answer or another; null when there
 * are too few.
 */
export function distractors(fact: Fact, pool: readonly Segment[], rng: Rng): string[] | null {
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
