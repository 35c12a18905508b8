import { z } from "zod";
import type { Severity } from "../core/experiment.js";

/** A check's severity; `true` and `false`, as earlier versions had it, still mean `refuse` and `off`. */
export const severity = (meaning: string) =>
  z
    .union([z.enum(["off", "count", "refuse"]), z.boolean()])
    .transform((value): Severity => (typeof value === "boolean" ? (value ? "refuse" : "off") : value))
    .prefault("off")
    .describe(meaning);

/** `admission.document`. */
export const documentAdmissionSchema = z
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
export const contaminationSchema = z
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
export const nearDuplicatesSchema = z
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
export const capsSchema = z
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
export const agreementCheck = (attempts: string) =>
  z.strictObject({
    attempts: rollouts.describe(attempts),
    required: rollouts.describe("Of these, how many must reach the gold answer."),
    temperature,
    severity: rolloutSeverity,
  });

/** A check that attempts with too little to go by must not reach the gold. */
export const guessCheck = (attempts: string) =>
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
