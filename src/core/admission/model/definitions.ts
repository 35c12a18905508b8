import type { CheckDescription } from "../../checks/check.js";
import { CAPITALIZED_NAMES } from "../question/masking.js";
import type { AgreementCheck, GuessCheck } from "../settings.js";

type Kind = "agreement" | "guess";

/**
 * A model check: it asks the Reasoner, so it costs samples. `app/self-play/model-checks.ts` takes
 * the samples. This file and `demand.ts` say which attempts the check demands.
 */
export interface ModelCheck<
  Setting extends string = string,
  Code extends string = string,
  K extends Kind = Kind,
> extends Omit<CheckDescription<Setting, Code, "model">, "demo"> {
  /** `agreement`: enough attempts must reach the gold. `guess`: not too many attempts may. */
  readonly kind: K;
  /** Name of the check in records and metrics. It never changes. */
  readonly record: string;
  /** What the attempts are made with, for the description of the setting `attempts`. */
  readonly attempts: string;
  /** Begins the sentence for people: `With the document`. */
  readonly given: string;
  /** Settings in the preset `demo`. Default: off. */
  readonly demo?: Partial<K extends "agreement" ? AgreementCheck : GuessCheck>;
}

function defineModelCheck<const Setting extends string, const Code extends string, const K extends Kind>(
  check: ModelCheck<Setting, Code, K>,
): ModelCheck<Setting, Code, K> {
  return check;
}

const GUESSABLE = { guessable: "the answer can be guessed without the question or its subject" } as const;

/** Multiple choice: the Reasoner sees the options alone, in a new order each time. */
export const optionsOnly = defineModelCheck({
  setting: "optionsOnly",
  kind: "guess",
  record: "options_only",
  codes: GUESSABLE,
  stage: "model",
  describe: "The Reasoner sees the options without the question. It must not choose the right option.",
  paper: "not checked",
  attempts: "with the options alone, in a new order each",
  given: "Without its question",
  cost: "samples of the model",
});

/** Free answers: the Reasoner sees the question with its subject masked. */
export const subjectBlind = defineModelCheck({
  setting: "subjectBlind",
  kind: "guess",
  record: "subject_blind",
  codes: GUESSABLE,
  stage: "model",
  describe:
    "For tasks with a free answer. The Reasoner sees the question without the name of its subject. It must not give the gold answer.",
  paper: "not checked",
  attempts: "with the subject masked",
  given: "Without its subject",
  cost: "samples of the model",
  patterns: [CAPITALIZED_NAMES],
});

/**
 * The Reasoner reads the document. Episodes store these attempts apart from those of the other
 * checks.
 */
export const openBook = defineModelCheck({
  setting: "openBook",
  kind: "agreement",
  record: "open_book",
  codes: { open_book_failed: "not answerable with the document" },
  stage: "model",
  describe: "The Reasoner must give the gold answer when it reads the document.",
  paper: "not checked",
  attempts: "with the document",
  given: "With the document",
  demo: { attempts: 4, required: 3 },
  cost: "samples of the model",
});

/** The Reasoner reads the document and the same question in a prompt with other words. */
export const paraphrase = defineModelCheck({
  setting: "paraphrase",
  kind: "agreement",
  record: "paraphrase",
  codes: { paraphrase_failed: "asked in other words, the document gives another answer" },
  stage: "model",
  describe:
    "The Reasoner reads the document and the same question in a prompt with other words. It must give the gold answer.",
  paper: "not checked",
  attempts: "with the document and another prompt",
  given: "Asked in other words, with the document",
  cost: "samples of the model",
});
