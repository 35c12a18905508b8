import { z } from "zod";
import { CHECKS, MODEL_CHECKS } from "../core/admission/checks.js";
import type { GroupSeverities, ModelCheckSettings, Severities } from "../core/admission/config.js";
import type { Severity } from "../core/checks/check.js";

/** A check's severity; `true` and `false` mean `refuse` and `off`, so that files of older versions stay valid. */
const severity = (meaning: string) =>
  z
    .union([z.enum(["off", "count", "refuse"]), z.boolean()])
    .transform((value): Severity => (typeof value === "boolean" ? (value ? "refuse" : "off") : value))
    .prefault("off")
    .describe(meaning);

type SeveritySchema = ReturnType<typeof severity>;
type Shape<Names> = { readonly [Name in keyof Names]: SeveritySchema };

/**
 * The severities of one group of settings, in the order of checking. Their descriptions are those of the
 * checks; the descriptions of checks that share a setting are joined.
 *
 * @param group the part of the path before the last dot; empty for settings that stand under `admission`
 */
function severities(group: string): Readonly<Record<string, SeveritySchema>> {
  const meanings = new Map<string, string>();
  for (const { setting, stage, describe, ...rest } of CHECKS) {
    if (setting === null || stage === "model") continue;
    const dot = setting.lastIndexOf(".");
    if (setting.slice(0, Math.max(0, dot)) !== group) continue;
    const name = setting.slice(dot + 1);
    const meaning = withPaper(describe, "paper" in rest ? rest.paper : undefined);
    meanings.set(name, [meanings.get(name), meaning].filter(Boolean).join(" "));
  }
  return Object.fromEntries([...meanings].map(([name, meaning]) => [name, severity(meaning)]));
}

const withPaper = (describe: string, paper: string | undefined): string =>
  paper === undefined ? describe : `${describe} Paper: ${paper}.`;

/** `admission.document`. */
const documentAdmissionSchema = z
  .strictObject({
    ...(severities("document") as Shape<GroupSeverities<"document">>),
    licences: z
      .array(z.string().min(1))
      .default(["any"])
      .describe("Allowed licences: SPDX ids, or names as the source states them; `any` allows all."),
  })
  .prefault({})
  .describe("Checks of the document itself, once a segment; a finding concerns all its proposals.");

/** `admission.contamination`. */
const contaminationSchema = z
  .strictObject({
    ...(severities("contamination") as Shape<GroupSeverities<"contamination">>),
    sets: z
      .array(z.string().min(1))
      .default([])
      .describe(
        "Evaluation sets: .jsonl or .jsonl.gz files with a question and an answer a line; their digests are recorded in the run.",
      ),
    canaries: z
      .array(z.string().min(8))
      .default([])
      .describe("Contamination markers: texts that mark data which must not be trained on."),
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
    ...(severities("nearDuplicates") as Shape<GroupSeverities<"nearDuplicates">>),
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
    ...(severities("caps") as Shape<GroupSeverities<"caps">>),
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

const samples = z.int().min(0).max(64).default(0);

const attemptsOf = (made: string) => samples.describe(`Attempts ${made}; 0 switches the check off.`);

/** What the settings of all checks of the model hold beside the attempts and their bound. */
const modelCheck = {
  temperature: z.number().min(0).max(10).default(1).describe("Sampling temperature of the check."),
  severity: z
    .enum(["count", "refuse"])
    .default("refuse")
    .describe("`refuse`, or `count`: the proposal goes on and its record says what was found."),
};

/** A check that attempts must agree with the gold. */
const agreementCheck = (attempts: string) =>
  z.strictObject({
    attempts: attemptsOf(attempts),
    required: samples.describe("Of these, how many must reach the gold answer."),
    ...modelCheck,
  });

/** A check that attempts with too little to go by must not reach the gold. */
const guessCheck = (attempts: string) =>
  z.strictObject({
    attempts: attemptsOf(attempts),
    allowed: z
      .int()
      .min(0)
      .max(64)
      .nullable()
      .default(null)
      .describe(
        "Of these, how many may reach the gold answer; null: as many as luck explains at the 5 % level (1 in 4 right by chance).",
      ),
    ...modelCheck,
  });

const agreement = (attempts: string, meaning: string) =>
  agreementCheck(attempts).prefault({}).describe(meaning);
const guess = (attempts: string, meaning: string) => guessCheck(attempts).prefault({}).describe(meaning);

type ModelShape = {
  readonly [Setting in keyof ModelCheckSettings]: ModelCheckSettings[Setting] extends {
    readonly required: number;
  }
    ? ReturnType<typeof agreement>
    : ReturnType<typeof guess>;
};

const modelChecks = Object.fromEntries(
  MODEL_CHECKS.map(({ setting, kind, attempts, describe, paper }) => {
    const make = kind === "agreement" ? agreement : guess;
    return [setting, make(attempts, withPaper(describe, paper))];
  }),
) as ModelShape;

/** The gate between a proposal and a task. */
export const admissionSchema = z
  .strictObject({
    document: documentAdmissionSchema,
    ...(severities("") as Shape<Severities>),
    contamination: contaminationSchema,
    nearDuplicates: nearDuplicatesSchema,
    caps: capsSchema,
    siblings: z
      .enum(["distinct", "any"])
      .default("any")
      .describe(
        "Repeats among one document's proposals: `distinct` refuses all but the first, `any` admits them (paper); they share attempts.",
      ),
    ...modelChecks,
  })
  .describe(
    "Checks between a proposal and a task: `off`, `count` (noted on the proposal, and a metric) or `refuse`. The paper only requires that a proposal parses. docs/admission.md explains each.",
  );
