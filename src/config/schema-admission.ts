import { z } from "zod";
import type { Severity } from "../core/records/experiment.js";

/** A check's severity; `true` and `false`, as earlier versions had it, still mean `refuse` and `off`. */
const severity = (meaning: string) =>
  z
    .union([z.enum(["off", "count", "refuse"]), z.boolean()])
    .transform((value): Severity => (typeof value === "boolean" ? (value ? "refuse" : "off") : value))
    .prefault("off")
    .describe(meaning);

/** `admission.document`. */
const documentAdmissionSchema = z
  .strictObject({
    licence: severity("The document's licence is in `licences`, and it is not opted out of training."),
    licences: z
      .array(z.string().min(1))
      .default(["any"])
      .describe("Allowed licences: SPDX ids, or names as the source states them; `any` allows all."),
    quality: severity("The text is readable: no debris of markup, no repeated lines, 8 words or more."),
    instructions: severity("The text is not aimed at a model (`ignore previous instructions`)."),
    hiddenText: severity(
      "The text hides nothing: zero-width characters, overridden direction, invisible tags.",
    ),
    secrets: severity("The text holds no keys or tokens."),
    personalData: severity("The text holds no e-mail addresses, telephone, card or account numbers."),
  })
  .prefault({})
  .describe("Checks of the document itself, once a segment; a finding concerns all its proposals.");

/** `admission.contamination`. */
const contaminationSchema = z
  .strictObject({
    check: severity("No task may repeat an item of `sets`, and nothing may hold a canary."),
    sets: z
      .array(z.string().min(1))
      .default([])
      .describe(
        "Evaluation sets: .jsonl or .jsonl.gz files with a question and an answer a line; their digests are recorded in the run.",
      ),
    canaries: z
      .array(z.string().min(8))
      .default([])
      .describe("Texts that mark data which must not be trained on."),
    ngram: z
      .int()
      .min(5)
      .max(32)
      .default(8)
      .describe(
        "Words in a row that count as shared. Tulu 3: 8; 13 shared words are a hit by themselves (GPT-3).",
      ),
    coverage: z
      .number()
      .gt(0)
      .max(1)
      .default(0.5)
      .describe("Share of the question's words that must be shared with one item. Tulu 3: half."),
  })
  .prefault({})
  .describe("Tasks that repeat a registered evaluation set, exactly, in part or reworded.");

/** `admission.nearDuplicates`. */
const nearDuplicatesSchema = z
  .strictObject({
    check: severity("A task is not asked again in other words."),
    similarity: z
      .number()
      .gt(0)
      .max(1)
      .default(0.75)
      .describe("Jaccard index of the words with content, answer included, from which on two tasks are one."),
  })
  .prefault({})
  .describe("Reworded repeats, found with MinHash over the whole run. Paper: not checked.");

/** `admission.caps`. */
const capsSchema = z
  .strictObject({
    check: severity("No document and no answer is used in more steps than this."),
    stepsPerDocument: z
      .int()
      .min(0)
      .default(0)
      .describe("Steps in which a document may bring tasks; 0: without limit."),
    stepsPerAnswer: z
      .int()
      .min(0)
      .default(0)
      .describe("Steps and documents in which an answer may be asked for; 0: without limit."),
  })
  .prefault({})
  .describe("Limits against living on few documents or few answers. Paper: none.");

const rolloutSeverity = z
  .enum(["count", "refuse"])
  .default("refuse")
  .describe("`refuse`, or `count`: the proposal goes on and its record says what was found.");
const rollouts = z.int().min(0).max(64).default(0);
const temperature = z.number().min(0).max(10).default(1).describe("Sampling temperature of the check.");

/** A check that attempts must agree with the gold. */
const agreementCheck = (attempts: string) =>
  z.strictObject({
    attempts: rollouts.describe(attempts),
    required: rollouts.describe("Of these, how many must reach the gold answer."),
    temperature,
    severity: rolloutSeverity,
  });

/** A check that attempts with too little to go by must not reach the gold. */
const guessCheck = (attempts: string) =>
  z.strictObject({
    attempts: rollouts.describe(attempts),
    allowed: z
      .int()
      .min(0)
      .max(64)
      .nullable()
      .default(null)
      .describe(
        "Of these, how many may reach the gold answer; null: as many as luck explains at the 5 % level (1 in 4 right by chance).",
      ),
    temperature,
    severity: rolloutSeverity,
  });

/** The gate between a proposal and a task. */
export const admissionSchema = z
  .strictObject({
    document: documentAdmissionSchema,
    evidence: severity("The answer or its quote must be found in the segment. Paper: not checked."),
    subject: severity("The question must name the document's subject, when it has one. Paper: not checked."),
    leak: severity(
      "The question must not contain the answer, in any order of words, as a number word, a plural or inside a longer word. Paper: not checked.",
    ),
    optionKinds: severity(
      "Wrong options must be of the answer's kind: words, a date, a number with the same unit. Paper: asked for in the prompt, not checked.",
    ),
    optionTruth: severity(
      "No wrong option may stand beside the answer in the same enumeration of the document. Paper: not checked.",
    ),
    optionLength: severity(
      "The answer must not be the one long option. Paper: asked for in the prompt, not checked.",
    ),
    optionPattern: severity(
      "The answer must not stand out among numbers: precise among round ones, far away, or off the others' equal steps.",
    ),
    optionVerbatim: severity(
      "The answer must not be the only option that stands in the document. Wrong where distractors come from elsewhere, as on fact cards.",
    ),
    documentReference: severity(
      "The question must not speak of `the text`. Paper: asked for in the prompt, not checked.",
    ),
    deixis: severity(
      "The question must not point at nothing: `this country`, `it`, `the following`. Paper: asked for in the prompt, not checked.",
    ),
    derivable: severity(
      "A literal answer must stand in its evidence or follow from its numbers by one operation. Paper: not checked.",
    ),
    answerKind: severity("The answer is a number, a time or a name when the question's words ask for one."),
    alignment: severity(
      "Where lines have labels (`Capital: ...`), the evidence is the line that the question asks about.",
    ),
    ambiguity: severity(
      "The document must not hold another answer: an item of a list, a value of another year, another unit, a second line.",
    ),
    instructions: severity("Question, answer and options hold no text aimed at a model."),
    secrets: severity("Question, answer and options hold no keys or tokens."),
    personalData: severity(
      "Question, answer and options hold no e-mail addresses, telephone, card or account numbers.",
    ),
    contamination: contaminationSchema,
    duplicates: severity("A task is asked once in a run. Paper: not checked."),
    sameFact: severity("A document is asked for the same answer once in a run. Paper: not checked."),
    nearDuplicates: nearDuplicatesSchema,
    caps: capsSchema,
    siblings: z
      .enum(["distinct", "any"])
      .default("any")
      .describe(
        "Repeats among one document's proposals: `distinct` refuses all but the first, `any` admits them (paper); they share attempts.",
      ),
    openBook: agreementCheck("Attempts with the document; 0 switches the check off, as in the paper.")
      .prefault({})
      .describe("The Reasoner must reach the gold answer when it may read the document."),
    optionsOnly: guessCheck("Attempts with the options alone, in a new order each; 0 switches the check off.")
      .prefault({})
      .describe("Multiple choice must not be answered from its options alone. Paper: not checked."),
    subjectBlind: guessCheck("Attempts with the subject masked; 0 switches the check off.")
      .prefault({})
      .describe("A free answer must not be reached without knowing what is asked about. Paper: not checked."),
    paraphrase: agreementCheck("Attempts with the document and another prompt; 0 switches the check off.")
      .prefault({})
      .describe(
        "With the document, the gold must be reached again when the question is put differently. Paper: not checked.",
      ),
  })
  .describe(
    "Checks between a proposal and a task: `off`, `count` (noted on the proposal, and a metric) or `refuse`. The paper only requires that a proposal parses. docs/admission.md explains each.",
  );
