import { checkLeak } from "./admission/leak.js";
import { OPTION_COUNT } from "./admission/options.js";
import type { Prompt } from "./chat.js";
import type { Fact, Segment } from "./document.js";
import { factField } from "./fact-fields.js";
import { passages } from "./focus.js";
import { answerKey, containsWords, words } from "./normalise.js";
import { acceptedAnswers } from "./oracle.js";
import type { PromptFamily } from "./prompts/family.js";
import type { Rng } from "./rng.js";
import { findSpan, type Span } from "./spans.js";
import type { Candidate, Task } from "./task.js";

/** One supervised example: what the model is asked and what it should write. */
export interface WarmupExample {
  readonly prompt: Prompt;
  readonly completion: string;
  readonly role: "challenger" | "reasoner";
}

/**
 * Examples of one document: proposals share one prompt, so they are the cheapest; an open-book answer has the document to
 * itself, so there is one; blind ones only teach the form of an answer.
 */
const PROPOSALS = 8;
/** Of one passage: fewer, because they say much the same. */
const WORDINGS = 4;
const OPEN_BOOK = 1;
const BLIND = 3;

/**
 * Templated supervised examples from a document's facts, for documents that self-play never uses. They teach
 * a small model the form of both roles, and that answers come from the document; not the facts that it will
 * be asked about.
 *
 * The document's proposals are all of one format, drawn evenly, because a group shares one prompt. Each
 * Reasoner task draws its own.
 *
 * @param pool documents that lend wrong options, from the same field of other subjects
 * @param about what a document's proposals ask about, as in self-play (`challenger.focus`): different facts of the `document`,
 * or the fact of one `passage` in different words, with different wrong options
 */
export function warmupExamples(
  segment: Segment,
  pool: readonly Segment[],
  rng: Rng,
  family: PromptFamily,
  about: "document" | "passage",
): readonly WarmupExample[] {
  const facts = segment.document.facts.filter((fact) => isShown(fact, segment));
  const make = (fact: Fact, mcq: boolean): readonly Candidate[] => {
    const made = mcq ? multipleChoice(fact, pool, rng) : freeForm(fact, rng);
    return made !== null && checkLeak(made, segment).ok ? [made] : [];
  };
  const makeAny = (mcq: boolean, limit: number): Candidate[] =>
    rng
      .shuffle(facts)
      .flatMap((fact) => make(fact, mcq))
      .slice(0, limit);
  const mcq = rng.int(2) === 0;
  const format = mcq ? ({ kind: "mcq" } as const) : ({ kind: "free", answerType: "string" } as const);
  const challenger = (focus: Span | null, candidates: readonly Candidate[]): WarmupExample[] => {
    const prompt = family.challenger(segment, format, focus);
    const texts = new Set(candidates.map((candidate) => family.proposalText(candidate)));
    return [...texts].map((completion) => ({ prompt, completion, role: "challenger" }));
  };
  const onePassage = (): WarmupExample[] => {
    for (const fact of rng.shuffle(facts)) {
      const focus = passageOf(fact, segment);
      const made = Array.from({ length: WORDINGS }, () => make(fact, mcq)).flat();
      if (focus !== null && made.length > 0) return challenger(focus, made);
    }
    return [];
  };
  const proposals = about === "passage" ? onePassage() : challenger(null, makeAny(mcq, PROPOSALS));
  const tasks = Array.from({ length: BLIND }, () => makeAny(rng.int(2) === 0, 1))
    .flat()
    .map((candidate) => toTask(candidate, segment, rng));
  const answer = (prompt: Prompt, task: Task): WarmupExample => ({
    prompt,
    completion: family.answerText(task),
    role: "reasoner",
  });
  return [
    ...proposals,
    ...tasks.slice(0, OPEN_BOOK).map((task) => answer(family.openBook(segment, task), task)),
    ...tasks.map((task) => answer(family.blind(task), task)),
  ];
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
