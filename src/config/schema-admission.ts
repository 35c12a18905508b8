import { z } from "zod";
import { CHECKS, MODEL_CHECKS } from "../core/admission/checks.js";
import type { GroupSeverities, ModelCheckSettings, Severities } from "../core/admission/config.js";
import type { Severity } from "../core/checks/check.js";
import { temperature } from "./schema-numbers.js";
import { moduleOptions, modulePath } from "./schema-own-code.js";

/**
 * The schema of a severity. `true` and `false` mean `refuse` and `off`, so that files of older
 * versions stay valid.
 */
const severity = (meaning: string) =>
  z
    .union([z.enum(["off", "count", "refuse"]), z.boolean()])
    .transform((value): Severity => (typeof value === "boolean" ? (value ? "refuse" : "off") : value))
    .prefault("off")
    .describe(meaning);

type SeveritySchema = ReturnType<typeof severity>;
type Shape<Names> = { readonly [Name in keyof Names]: SeveritySchema };

/**
 * The severities in one group of settings, in the order of the checks. A severity has the
 * description of its check. When several checks share a setting, their descriptions are joined.
 *
 * @param group the part of the path before the last dot; empty for settings directly in `admission`
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
    licenses: z
      .array(z.string().min(1))
      .default(["any"])
      .describe("Allowed licenses: SPDX ids, or the names that the source uses; `any` allows all."),
  })
  .prefault({})
  .describe(
    "Document checks: they run once for each segment. A finding applies to all proposals of the segment.",
  );

/** `admission.contamination`. */
const contaminationSchema = z
  .strictObject({
    ...(severities("contamination") as Shape<GroupSeverities<"contamination">>),
    sets: z
      .array(z.string().min(1))
      .default([])
      .describe(
        "Evaluation sets: .jsonl or .jsonl.gz files with a question and an answer on each line. Their digests are recorded in the run.",
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
        "Number of consecutive equal words that count as shared. Tulu 3: 8. 13 shared words alone are a finding (GPT-3).",
      ),
    coverage: z
      .number()
      .gt(0)
      .max(1)
      .default(0.5)
      .describe(
        "Smallest share of the question's words that are shared with an item, for a finding. Tulu 3: half.",
      ),
  })
  .prefault({})
  .describe("Tasks that repeat an item of a registered evaluation set: exactly, in part, or in other words.");

/** `admission.nearDuplicates`. */
const nearDuplicatesSchema = z
  .strictObject({
    ...(severities("nearDuplicates") as Shape<GroupSeverities<"nearDuplicates">>),
    similarity: z
      .number()
      .gt(0)
      .max(1)
      .default(0.75)
      .describe(
        "Smallest Jaccard index of the content words, with the answer, at which two tasks count as equal.",
      ),
  })
  .prefault({})
  .describe(
    "Tasks that repeat an earlier task of the run in other words, found with MinHash. Paper: not checked.",
  );

/** `admission.caps`. */
const capsSchema = z
  .strictObject({
    ...(severities("caps") as Shape<GroupSeverities<"caps">>),
    stepsPerDocument: z
      .int()
      .min(0)
      .default(0)
      .describe("Largest number of steps in which a document may give tasks; 0: no limit."),
    stepsPerAnswer: z
      .int()
      .min(0)
      .default(0)
      .describe(
        "Largest number of uses of an answer; a use is a step and document with a task that has the answer. 0: no limit.",
      ),
  })
  .prefault({})
  .describe("Limits that prevent tasks about only a few documents or answers. Paper: none.");

const samples = z.int().min(0).max(64).default(0);

const attemptsOf = (made: string) => samples.describe(`Attempts ${made}; 0 switches the check off.`);

/** The settings that all checks with attempts have, in addition to the attempts and their limit. */
const modelCheck = {
  temperature: temperature.default(1).describe("Sampling temperature of the check."),
  severity: z
    .enum(["count", "refuse"])
    .default("refuse")
    .describe("`refuse`, or `count`: the proposal continues, and its record contains the finding."),
};

/** A check that is passed when attempts agree with the gold answer. */
const agreementCheck = (attempts: string) =>
  z.strictObject({
    attempts: attemptsOf(attempts),
    required: samples.describe("Number of these attempts that must reach the gold answer."),
    ...modelCheck,
  });

/**
 * A check that is passed when attempts with too little information do not reach the gold answer.
 */
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
        "Number of these attempts that may reach the gold answer; null: the number that chance explains at the 5 % level, if each attempt is right with probability 1/4.",
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

/** The settings of admission: all checks of documents and proposals. */
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
        "Equal tasks among the proposals of a document: `distinct` refuses all but the first, `any` admits them (paper). They share their attempts. A question with a gap that differs in its wrong options alone is a repeat for `duplicates` with both values.",
      ),
    own: z
      .array(
        z.strictObject({
          module: modulePath("check"),
          options: moduleOptions(),
          severity: z
            .enum(["off", "count", "refuse"])
            .default("refuse")
            .describe("`off`, `count` or `refuse`."),
        }),
      )
      .default([])
      .describe(
        "Your own checks. They run in this order, after the pure checks and before the checks of repeats (docs/own-code.md).",
      ),
    ...modelChecks,
  })
  .describe(
    "Checks of documents and proposals. Severities: `off`, `count` (the finding is recorded with the proposal and in a metric) or `refuse`. The paper requires only that a proposal parses. docs/admission.md explains each check.",
  );
