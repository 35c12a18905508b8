import { labelOf } from "../admission/codes.js";
import { MAX_WORDS, MIN_WORDS } from "../corpus/askable.js";
import type { ReasonCode } from "../records/finding.js";
import type { Candidate, TaskFormat } from "../records/task.js";
import { counted } from "../text/counted.js";
import { asCandidate, type KnownTask } from "./known-task.js";
import type { Unmined } from "./mined.js";

/**
 * Why a sentence, a fact or a pair gives no example: the reason of a sentence without a task, a
 * reason of the tasks (`Unasked`), or a reason code of admission.
 */
export type WarmupRefusal = Unmined | Unasked | ReasonCode;

/**
 * Why a known task cannot be asked. `no_options`: there are fewer than three wrong options.
 * `other_type`: no format of `challenger.mix` fits the answer.
 */
export type Unasked = "no_options" | "other_type";

/** What a warm start found in its documents and pairs. */
export interface WarmupCounts {
  readonly documents: number;
  readonly segments: number;
  readonly pairs: number;
  readonly facts: number;
  readonly sentences: number;
  /** Sentences with an answer that can be asked for, before the checks of admission. */
  readonly withAnswer: number;
  /** Tasks that a proposal can be about: the checks of admission accept them. */
  readonly tasks: number;
  /** Refused sentences, facts and pairs, by their reason. */
  readonly refused: Readonly<Record<WarmupRefusal, number>>;
}

/**
 * Why no format accepts a task: the reason of the first format. Null when a format accepts it.
 *
 * @param refusal the code with which admission refuses a candidate; null when it is admitted
 */
export function whyUnasked(
  task: KnownTask,
  formats: readonly TaskFormat[],
  refusal: (candidate: Candidate) => ReasonCode | null,
): WarmupRefusal | null {
  const reasons = formats.map((format) => {
    const candidate = asCandidate(task, format);
    if (candidate === null) return format.kind === "mcq" ? "no_options" : "other_type";
    return refusal(candidate);
  });
  return reasons.includes(null) ? null : (reasons[0] ?? null);
}

const LABELS: Readonly<Record<Unmined | Unasked, string>> = {
  not_a_sentence: "no whole sentence: a list item, a heading, a greeting, code",
  too_few_words: `fewer than ${MIN_WORDS} words`,
  too_many_words: `more than ${MAX_WORDS} words`,
  markup: "markup, a web address, or a dash",
  needs_context: "cannot be understood alone",
  no_value: "no date, number, quantity, name or definition",
  common_value: "another document states the same value",
  no_question: "a quotation mark, or the value twice",
  no_options: "fewer than three wrong options of the same kind in the other documents",
  other_type: "challenger.mix has no format for the answer",
};

const isLabelled = (reason: WarmupRefusal): reason is keyof typeof LABELS => Object.hasOwn(LABELS, reason);

/** Reasons that a text names, at most. */
const MOST = 3;

/** The most frequent reasons, most frequent first. */
function worst({ refused }: WarmupCounts): readonly (readonly [WarmupRefusal, number])[] {
  return Object.entries(refused)
    .sort((a, b) => b[1] - a[1])
    .slice(0, MOST);
}

/** What was looked at and the three most frequent reasons, as sentences for people. */
export function shortageText(counts: WarmupCounts): string {
  const { sentences, withAnswer, facts, pairs } = counts;
  const seen = [
    ...(sentences > 0 ? [`${counted(sentences, "sentence")} (${withAnswer} with a usable answer)`] : []),
    ...(facts > 0 ? [counted(facts, "fact")] : []),
    ...(pairs > 0 ? [counted(pairs, "pair")] : []),
  ];
  if (seen.length === 0) return "Looked at: no sentence, no fact and no pair.";
  const reasons = worst(counts).map(
    ([reason, count]) => `${count} ${reason} (${isLabelled(reason) ? LABELS[reason] : labelOf(reason)})`,
  );
  return `Looked at: ${seen.join(", ")}. Refused most often: ${reasons.join("; ")}.`;
}

/** With fewer documents, most values have no wrong options. */
const FEW_DOCUMENTS = 20;
/** A larger share would leave few documents for self-play. */
const LARGE_SHARE = 0.5;

const SENTENCES = `Tasks are made from whole sentences of ${MIN_WORDS} to ${MAX_WORDS} words that can be understood alone`;
const ADVICE: Readonly<Partial<Record<WarmupRefusal, string>>> = {
  not_a_sentence: `${SENTENCES}: use documents with more running text.`,
  too_few_words: `${SENTENCES}: use documents with longer sentences.`,
  too_many_words: `${SENTENCES}: use documents with shorter sentences.`,
  markup: `${SENTENCES} and have no markup: remove the markup from the documents.`,
  needs_context: `${SENTENCES}: use documents that explain, such as manuals or articles.`,
  no_value:
    "Tasks ask for a date, number, quantity, name or definition: use documents that state such facts.",
  common_value: "Many documents state the same values: use documents about different things.",
  no_options:
    "Wrong options come from the other documents of the warm start: add documents of the same kind.",
  other_type: "Add a format that fits the answers to challenger.mix, or {kind: mcq}.",
};

/**
 * What to change, for these counts.
 *
 * @param share `corpus.warmupShare`
 */
export function shortageAdvice(counts: WarmupCounts, share: number): string {
  const { documents } = counts;
  const few =
    documents >= FEW_DOCUMENTS
      ? []
      : [
          `Add documents: the warm start has ${documents}, and with fewer than ${FEW_DOCUMENTS} most values have no wrong options.`,
          ...(share < LARGE_SHARE
            ? [`A larger corpus.warmupShare than ${share} gives it more of the same documents.`]
            : []),
        ];
  const advice = worst(counts).map(([reason]) => ADVICE[reason] ?? checkAdvice(reason));
  return [...few, ...new Set(advice)].join(" ");
}

function checkAdvice(reason: ReasonCode): string {
  return `A check of admission refuses with ${reason}: docs/admission.md names its setting.`;
}
