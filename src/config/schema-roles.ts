import { z } from "zod";
import { PROMPT_FAMILIES } from "../core/experiment/experiment.js";
import { FREE_ANSWER_TYPES } from "../core/records/answer.js";
import { temperature, topP } from "./schema-numbers.js";

const format = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("mcq").describe("Multiple choice, four options.") }),
  z.strictObject({
    kind: z.literal("free").describe("Free answer."),
    answerType: z.enum(FREE_ANSWER_TYPES).describe("Type of the answer (docs/verification.md)."),
  }),
]);

const mixEntry = z.strictObject({
  format: format.describe("Format of the question."),
  share: z.number().gt(0).describe("Relative weight."),
});

/** `challenger`: prompts, sampling and formats of the proposals. */
export const challengerSchema = z
  .strictObject({
    prompts: z
      .enum(PROMPT_FAMILIES)
      .default("paper")
      .describe(
        "Prompt family: `paper`, or `small` for models that cannot follow the long prompts of the paper. With `small-prose`, the model writes a sentence of the document and an answer in it, and the program makes the question: for sentences without structured facts.",
      ),
    templates: z
      .union([
        z.string().min(1),
        z.strictObject({
          folder: z.string().describe("Folder that the texts were read from."),
          sha256: z.string().describe("SHA-256 over names and texts."),
          texts: z.record(z.string(), z.string()).describe("Texts by the name of the prompt."),
        }),
      ])
      .transform((value, context) => {
        if (typeof value !== "string") return value;
        context.addIssue("is a folder whose files were not read");
        return z.NEVER;
      })
      .nullable()
      .prefault(null)
      .describe(
        "Folder with your own wording of prompts, relative to the working directory: one file for each prompt (docs/own-code.md). The parser stays that of the family. config.json of a run has the texts.",
      ),
    documentsPerStep: z
      .int()
      .min(1)
      .default(64)
      .describe("Documents of a step (B). Paper: B is 128 trajectories or prompts; 64 documents fit best."),
    groupSize: z
      .int()
      .min(2)
      .default(8)
      .describe("Number of proposals of a document that are trained (G). Paper: 8."),
    maxProposals: z
      .int()
      .min(2)
      .default(1024)
      .describe("Largest number of proposals that are sampled for a document (N). Paper: 1024."),
    chunk: z
      .int()
      .min(1)
      .default(8)
      .describe(
        "Number of proposals that are sampled or checked at the same time. When half of them have a result, more are sampled, until the group is full and at least one proposal is valid.",
      ),
    temperature: temperature.default(1).describe("Sampling temperature. Paper: 1."),
    topP: topP.default(1).describe("Nucleus sampling; 1 is off. Oat and SPIRAL: 1."),
    maxTokens: z
      .int()
      .min(1)
      .default(4096)
      .describe("Longest proposal, in tokens. Oat's math example: 4096."),
    focus: z
      .enum(["document", "passage"])
      .default("document")
      .describe(
        "Part of the document that a question asks about: the whole `document` (paper), or a `passage`, which the seed picks. With `passage`, the answer must be in the passage. Needs `prompts: small` or `small-prose`.",
      ),
    format: z
      .enum(["model", "mix"])
      .default("model")
      .describe(
        "`model`: the model chooses the format from the document (paper). `mix`: the formats in the list `mix`, spread evenly over the documents of a step.",
      ),
    mix: z
      .tuple([mixEntry], mixEntry)
      .default([
        { format: { kind: "mcq" }, share: 1 },
        { format: { kind: "free", answerType: "integer" }, share: 1 },
        { format: { kind: "free", answerType: "expression" }, share: 1 },
        { format: { kind: "free", answerType: "string" }, share: 1 },
      ])
      .describe(
        "Formats and their weights. With `format: model`, the list is used when the choice of the model cannot be read.",
      ),
  })
  .describe("The role that reads a document and writes a task.");

/** `reasoner`: the blind attempts. */
export const reasonerSchema = z
  .strictObject({
    groupSize: z.int().min(2).default(8).describe("Number of blind attempts on a task (K). Paper: 8."),
    earlyStop: z
      .int()
      .min(2)
      .nullable()
      .default(null)
      .describe(
        "A task gets no more attempts after this number if they agree and if the Reasoner does not train on the task. null samples all attempts, as the paper does. Rewards stay unbiased (docs/efficient-scoring.md).",
      ),
    temperature: temperature.default(1).describe("Sampling temperature. Paper: 1."),
    topP: topP.default(1).describe("Nucleus sampling; 1 is off. Oat and SPIRAL: 1."),
    maxTokens: z.int().min(1).default(4096).describe("Longest attempt, in tokens. Oat's math example: 4096."),
  })
  .describe("The role that answers without the document.");
