import { z } from "zod";
import { MODEL_CHECKS } from "../core/admission/checks.js";
import { allowedByLuck } from "../core/admission/model/demand.js";
import type { Experiment } from "../core/experiment/experiment.js";
import { FREE_ANSWER_TYPES } from "../core/records/answer.js";
import { admissionSchema } from "./schema-admission.js";
import { moduleOptions, modulePath } from "./schema-own-code.js";
import { trainSchema, warmupSchema } from "./schema-train.js";
import { refuseRescue, verificationSchema } from "./schema-verification.js";

const share = z.number().min(0).max(1);
const temperature = z.number().min(0).max(10);
const topP = z.number().gt(0).max(1);

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

const modelSchema = z
  .strictObject({
    id: z
      .string()
      .min(1)
      .default("Qwen/Qwen3-4B-Base")
      .describe(
        "Local folder, hub id, the alias `smollm2-135m`, or `run:<run>[@step]` for the trained weights of a run (torch, torch+vllm and verl; without a step, its newest checkpoint). Paper: Qwen3 base models.",
      ),
    maxContextTokens: z
      .int()
      .min(64)
      .default(12_800)
      .describe("Longest prompt and completion together, in tokens. The value of SPIRAL."),
    computeDtype: z
      .enum(["auto", "float32", "bfloat16"])
      .default("auto")
      .describe(
        "Number format of the matrix products. `auto`: bfloat16 if the processor computes it in hardware, else float32.",
      ),
    lora: z
      .strictObject({
        rank: z.int().min(1).describe("Rank of the adapters."),
        alpha: z.number().gt(0).describe("Scaling: the adapter is multiplied by alpha / rank."),
      })
      .nullable()
      .default(null)
      .describe("Low-rank adapters; null trains all weights, as the paper does."),
  })
  .describe("The policy that plays both roles.");

const corpusSchema = z
  .strictObject({
    store: z
      .string()
      .min(1)
      .default("./corpus")
      .describe("Folder of the corpus store, relative to the working directory."),
    snapshot: z
      .string()
      .min(1)
      .default("latest")
      .describe("Snapshot id, or `latest`; the resolved id is recorded in the run."),
    warmupShare: share
      .default(0)
      .describe("Share of the split keys (factbook: countries) for the warm start."),
    evalShare: share
      .default(0)
      .describe("Share of the split keys for evaluation. The remaining keys are for self-play."),
    maxTokens: z
      .int()
      .min(1)
      .nullable()
      .default(null)
      .describe(
        "Longest segment, in tokens, for documents that are added; null: what the model's context leaves, 5992 at most. A small model needs short segments.",
      ),
    kinds: z
      .array(z.string().min(1))
      .default([])
      .describe("Kinds of document that are used, for example `facts`; empty for all."),
    readers: z
      .array(
        z.strictObject({
          module: modulePath("reader"),
          options: moduleOptions(),
          endings: z
            .array(z.string().regex(/^\.[^/\\]+$/, "must begin with a dot"))
            .nullable()
            .default(null)
            .describe("Endings of file names; null for the endings that the module declares."),
        }),
      )
      .default([])
      .describe(
        "Your own readers of file formats, for `spice corpus add`. They are asked before the built-in readers (docs/own-code.md).",
      ),
    sources: z
      .array(z.strictObject({ module: modulePath("source"), options: moduleOptions() }))
      .default([])
      .describe("Options of your own sources, for `spice corpus add own:<module>` (docs/own-code.md)."),
  })
  .describe(
    "Documents for which tasks are written. The bounds of segments are set when documents are added.",
  );

const challengerSchema = z
  .strictObject({
    prompts: z
      .enum(["paper", "small"])
      .default("paper")
      .describe(
        "Prompt family: `paper`, or `small` for models that cannot follow the long prompts of the paper.",
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
        "Part of the document that a question asks about: the whole `document` (paper), or a `passage`, which the seed picks. With `passage`, the answer must be in the passage. Needs `prompts: small`.",
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

const reasonerSchema = z
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

const rewardSchema = z
  .strictObject({
    kind: z
      .enum(["variance", "two_arm", "own"])
      .default("variance")
      .describe(
        "`variance`: from the variance of the blind attempts (paper). `two_arm`: 0.6 x a score of the blind pass rate, highest from 0.4 to 0.6, + 0.4 x the gain in pass rate with the document (SPADE, arXiv 2608.19197); needs `admission.openBook`. `own`: your own formula in `module`.",
      ),
    module: modulePath("reward")
      .nullable()
      .default(null)
      .describe("Module with your own formula, for `kind: own` (docs/own-code.md)."),
    options: moduleOptions().describe("Options of that module."),
    sigma: z
      .number()
      .gt(0)
      .default(0.1)
      .describe("Width of the Gaussian over the variance of the attempts. Paper: sigma squared is 0.01."),
    invalid: z.number().default(-0.1).describe("Reward of an invalid proposal (rho). Paper: -0.1."),
  })
  .describe("Reward of the Challenger. The reward of the Reasoner is 1 for a correct answer, else 0.");

const trainerSchema = z
  .strictObject({
    kind: z.string().min(1).default("torch").describe("Trainer to run: a name of `spice trainer list`."),
    address: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe("`host:port` or `unix:///path` of a trainer that already runs; null starts one."),
    tls: z
      .strictObject({
        ca: z.string().min(1).describe("PEM file of the authority that signed the trainer's certificate."),
        cert: z.string().min(1).describe("PEM file of this side's certificate."),
        key: z.string().min(1).describe("PEM file of the key of `cert`, mode 0600."),
        serverName: z
          .string()
          .min(1)
          .optional()
          .describe("Name in the trainer's certificate; default: the host of `address`."),
      })
      .nullable()
      .default(null)
      .describe(
        "Mutual TLS to a trainer on another machine: paths of PEM files (docs/security.md); null for no TLS.",
      ),
    maxRestarts: z
      .int()
      .min(0)
      .default(3)
      .describe(
        "Largest number of restarts of a lost trainer without a committed step between them; 0 for none.",
      ),
    engine: z
      .record(z.string(), z.json())
      .default({})
      .describe("Settings of the engine. The trainer checks them against the schema that it declares."),
  })
  .describe("The trainer of the model.");

const runSchema = z
  .strictObject({
    dir: z
      .string()
      .min(1)
      .default("./runs")
      .describe("Folder of the run directories, relative to the working directory."),
    saveEverySteps: z
      .int()
      .min(0)
      .default(20)
      .describe(
        "Steps from one checkpoint to the next. The last step always has a checkpoint; with 0, no other step has one.",
      ),
    keepCheckpoints: z.int().min(1).default(2).describe("Number of checkpoints that are kept, newest first."),
    keepBatches: z
      .enum(["all", "checkpoint"])
      .default("all")
      .describe(
        "Recorded batches that are kept: `all`, or with `checkpoint` the batches after the oldest kept checkpoint. A batch of the paper's size takes about 20 MB.",
      ),
    sampleRetries: z
      .int()
      .min(0)
      .max(10)
      .default(2)
      .describe(
        "Number of times that a sample which the engine lost is repeated, with the same seed, before it counts as lost.",
      ),
    maxInfrastructureShare: share
      .default(0.1)
      .describe(
        "The run stops (exit 4) when the engine loses more than this share of the samples of a step.",
      ),
    sinks: z
      .array(z.strictObject({ module: modulePath("sink"), options: moduleOptions() }))
      .default([])
      .describe("Your own sinks: modules that get the metrics of each step (docs/own-code.md)."),
    ownCodeTimeoutMs: z
      .int()
      .min(10)
      .default(1000)
      .describe("Longest call of your own reward or check, in milliseconds."),
    ownCodeReadTimeoutMs: z
      .int()
      .min(100)
      .default(60_000)
      .describe(
        "Longest time to load a module of yours, and longest call of your own reader, source or sink, in milliseconds.",
      ),
  })
  .describe("The run directory, and limits that stop a run.");

/**
 * The schema of the experiment. An unknown key is an error. Its defaults are the preset `spice`,
 * and a preset is a layer over them. When a description names no source, the paper gives no value
 * and the choice is ours.
 */
export const experimentSchema = z
  .strictObject({
    name: z
      .string()
      .regex(
        /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
        "must be 1 to 64 letters, digits, dots, dashes or underscores",
      )
      .default("spice")
      .describe("Name of the experiment; part of the run directory's name."),
    preset: z
      .enum(["spice", "demo"])
      .default("spice")
      .describe("Defaults to start from: `spice` follows the paper, `demo` runs on two cores in minutes."),
    seed: z
      .int()
      .min(0)
      .max(2 ** 32 - 1)
      .default(1)
      .describe("Seed of all samples and of all picks."),
    steps: z.int().min(1).default(640).describe("Training steps (T). Paper: 640."),
    model: modelSchema.prefault({}),
    corpus: corpusSchema.prefault({}),
    challenger: challengerSchema.prefault({}),
    reasoner: reasonerSchema.prefault({}),
    admission: admissionSchema.prefault({}),
    reward: rewardSchema.prefault({}),
    verification: verificationSchema.prefault({}),
    train: trainSchema.prefault({}),
    warmup: warmupSchema.prefault({}),
    trainer: trainerSchema.prefault({}),
    run: runSchema.prefault({}),
  })
  .superRefine(({ corpus, challenger, reasoner, admission, reward, train, warmup }, context) => {
    const refuse = (path: string[], message: string) => context.addIssue({ code: "custom", path, message });
    if (challenger.maxProposals < challenger.groupSize) {
      refuse(
        ["challenger", "maxProposals"],
        `must be at least challenger.groupSize (${challenger.groupSize})`,
      );
    }
    if (challenger.focus === "passage" && challenger.prompts !== "small")
      refuse(
        ["challenger", "focus"],
        "`passage` needs challenger.prompts: small; the paper's prompts have no place for it",
      );
    if (corpus.warmupShare + corpus.evalShare >= 1)
      refuse(
        ["corpus", "evalShare"],
        "leaves nothing for self-play: the two shares must add up to less than 1",
      );
    for (const { setting } of MODEL_CHECKS) {
      const settings = admission[setting];
      const { attempts } = settings;
      if ("required" in settings && settings.required > attempts)
        refuse(
          ["admission", setting, "required"],
          `must not exceed admission.${setting}.attempts (${attempts})`,
        );
      if ("allowed" in settings && attempts > 0 && (settings.allowed ?? allowedByLuck(attempts)) >= attempts)
        refuse(
          ["admission", setting, "attempts"],
          `is too few to refuse anything (${attempts}): 3 or more, or an allowed below it`,
        );
    }
    if (reasoner.earlyStop !== null && reasoner.earlyStop >= reasoner.groupSize)
      refuse(["reasoner", "earlyStop"], `must be below reasoner.groupSize (${reasoner.groupSize})`);
    if (reward.kind === "two_arm" && admission.openBook.attempts === 0)
      refuse(
        ["reward", "kind"],
        "`two_arm` needs attempts with the document: set admission.openBook.attempts",
      );
    if ((reward.kind === "own") !== (reward.module !== null))
      refuse(
        ["reward", "module"],
        reward.kind === "own"
          ? "must name a module when reward.kind is `own`"
          : "is used with reward.kind `own` only",
      );
    if (train.loss.correctionLow >= train.loss.correctionHigh)
      refuse(["train", "loss", "correctionHigh"], "must be above train.loss.correctionLow");
    if (!warmup.enabled && warmup.pairs !== null)
      refuse(
        ["warmup", "pairs"],
        "is used only by the warm start: set warmup.enabled to true, or leave warmup.pairs out",
      );
    if (warmup.enabled && corpus.warmupShare === 0 && warmup.pairs === null)
      refuse(
        ["corpus", "warmupShare"],
        "must be above 0 when warmup.enabled is true: the warm start needs documents of its own, or pairs (warmup.pairs)",
      );
  })
  .superRefine(refuseRescue);

/** The content of a configuration file. All fields are optional, and unknown fields are refused. */
export type ExperimentInput = z.input<typeof experimentSchema>;

/**
 * Parses a configuration. The return type proves at compile time that the schema gives exactly the
 * type of the core.
 */
export const parseExperiment = (value: unknown): z.ZodSafeParseResult<Experiment> =>
  experimentSchema.safeParse(value);
