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

/** One supervised example: a prompt, and the completion to learn. */
export interface WarmupExample {
  readonly prompt: Prompt;
  readonly completion: string;
  readonly role: "challenger" | "reasoner";
}

/**
 * Number of examples per document; fewer when the document has fewer facts. Examples that contain
 * the document share its tokens and are cheap. Blind examples teach the answer format and not to
 * prefer an option because of its position. There are ten of them, because with four the Reasoner
 * was so confident in wrong options that most tasks had pass rate 0.
 */
const PROPOSALS = 6;
const OPEN_BOOK = 3;
const BLIND = 10;
/**
 * One of this many Reasoner examples is a free answer instead of multiple choice. A free answer
 * must be known and cannot be learned as a format.
 */
const FREE_EVERY = 4;

/**
 * Templated supervised examples from the facts of a document that self-play never uses. They teach
 * a small model the formats of both roles, and that answers come from the document. They do not
 * teach the facts of later questions. Each proposal is about a different fact, in the formats of
 * self-play's mix. Facts are texts, so every free format is taught as `string`.
 *
 * @param pool documents that provide wrong options from the same field of other subjects
 * @param challenger settings of self-play; with focus `passage`, the prompt of each proposal names
 * the passage of its fact
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

/** A proposal that self-play would refuse must not be taught. */
function teaches(candidate: Candidate): boolean {
  return [leak, optionKinds].every((check) => check.run({ candidate }).ok);
}

/** The passage that contains a value of the fact. */
function passageOf({ values }: Fact, segment: Segment): Span | null {
  const value = findSpan(segment.text, values[0] ?? "");
  if (value === null) return null;
  return passages(segment).find(({ start, end }) => start <= value.start && value.end <= end) ?? null;
}

/**
 * True when the segment contains a value of the fact. Otherwise the example would teach the model
 * to invent answers.
 */
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
 * Values of the same field in other documents. No value contains, or is contained in, an accepted
 * answer or another value; null when there are too few.
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
