import type { AdmissionConfig } from "../admission/config.js";
import type { PolicyGradientLoss } from "../records/loss.js";
import type { OwnModule } from "../records/own-code.js";
import type { TaskFormat } from "../records/task.js";

/**
 * A resolved experiment: plain data, no optional fields, everything the run depends on.
 * `config/schema.ts` produces it; its digest identifies the experiment. Units are in the names;
 * sources of defaults are in `docs/paper-to-code.md`.
 */
export interface Experiment {
  readonly name: string;
  /**
   * Defaults it started from: `spice` is faithful to the paper, `demo` runs on two cores in
   * minutes.
   */
  readonly preset: "spice" | "demo";
  readonly seed: number;
  readonly steps: number;
  readonly model: ModelConfig;
  readonly corpus: CorpusConfig;
  readonly challenger: ChallengerConfig;
  readonly reasoner: ReasonerConfig;
  readonly admission: AdmissionConfig;
  readonly reward: RewardConfig;
  readonly verification: VerificationConfig;
  readonly train: TrainConfig;
  readonly warmup: WarmupConfig;
  readonly trainer: TrainerConfig;
  readonly run: RunConfig;
}

export interface ModelConfig {
  /**
   * Local folder, hub id, the alias `smollm2-135m`, or `run:<run>[@step]` for the weights of a
   * checkpoint.
   */
  readonly id: string;
  readonly maxContextTokens: number;
  readonly computeDtype: "auto" | "float32" | "bfloat16";
  readonly lora: { readonly rank: number; readonly alpha: number } | null;
}

export interface CorpusConfig {
  /** Folder of the corpus store. */
  readonly store: string;
  /** Snapshot id, or `latest`. The resolved id is recorded in the run. */
  readonly snapshot: string;
  /** Share of split keys (for the factbook: countries) set aside. The rest is self-play. */
  readonly warmupShare: number;
  readonly evalShare: number;
  /** Longest segment, in tokens; null: what the model's context leaves. */
  readonly maxTokens: number | null;
  /** Kinds of document that are played, for example `facts`; empty for all. */
  readonly kinds: readonly string[];
  /** Readers of the user, for `spice corpus add`. The first reader for an ending is used. */
  readonly readers: readonly OwnReaderConfig[];
  /** Options of sources of the user, for `spice corpus add own:<module>`. */
  readonly sources: readonly OwnModule[];
}

/** A reader of the user. */
export interface OwnReaderConfig extends OwnModule {
  /** Endings of file names; null for the endings that the module declares. */
  readonly endings: readonly string[] | null;
}

/** A format and its relative weight. */
export interface MixEntry {
  readonly format: TaskFormat;
  /** Above 0; weights need not add up to 1. */
  readonly share: number;
}

/** Templates of prompts, read from a folder of the user. */
export interface PromptTemplates {
  /** Folder of the files, as the configuration has it. */
  readonly folder: string;
  /** SHA-256 over names and texts, hex. */
  readonly sha256: string;
  /** Texts by the name of the prompt. */
  readonly texts: Readonly<Record<string, string>>;
}

/**
 * The prompt families. `paper` follows appendix E of the paper. `small` is short, for models that
 * cannot follow the long prompts. With `small-prose`, the model writes a sentence of
 * the document and an answer in it, and the program makes the question.
 */
export const PROMPT_FAMILIES = ["paper", "small", "small-prose"] as const;
export type PromptFamilyName = (typeof PROMPT_FAMILIES)[number];

export interface ChallengerConfig {
  readonly prompts: PromptFamilyName;
  /** The user's wording of prompts; null for the wording of the family. */
  readonly templates: PromptTemplates | null;
  /** Number of documents that are picked in a step (B). */
  readonly documentsPerStep: number;
  /** Number of proposals in the Challenger's training group (G, paper section 3.1: 8). */
  readonly groupSize: number;
  /** Largest number of proposals that are sampled for one document (N, paper: 1024). */
  readonly maxProposals: number;
  /** Largest number of proposals that are being written or checked at the same time. */
  readonly chunk: number;
  readonly temperature: number;
  readonly topP: number;
  readonly maxTokens: number;
  /**
   * What the questions of a document in one step are about: the whole `document` (paper), or one
   * `passage` that the run's seed picks. Passages spread the questions over the document, whatever
   * the policy prefers.
   */
  readonly focus: "document" | "passage";
  /**
   * `model`: the model picks the format from the document (paper). `mix`: picked from `mix`, evenly
   * over a step's documents.
   */
  readonly format: "model" | "mix";
  readonly mix: readonly [MixEntry, ...MixEntry[]];
}

export interface ReasonerConfig {
  /** Blind attempts on a task (K = G in the paper). */
  readonly groupSize: number;
  /**
   * After this many attempts that agree, no more attempts are sampled, unless the Reasoner trains
   * on the task. Null samples all attempts, as the paper does. The reward stays unbiased
   * (docs/efficient-scoring.md).
   *
   * @experimental
   */
  readonly earlyStop: number | null;
  readonly temperature: number;
  readonly topP: number;
  readonly maxTokens: number;
}

export interface RewardConfig {
  /**
   * `variance`: over the blind attempts (paper). `two_arm`: blind difficulty and what the document
   * adds (SPADE).
   * `own`: the formula of the user in `module`.
   *
   * @experimental `two_arm` only
   */
  readonly kind: "variance" | "two_arm" | "own";
  /** Path of the module with the user's formula; null unless `kind` is `own`. */
  readonly module: string | null;
  /** Options of that module. */
  readonly options: OwnModule["options"];
  /**
   * Width of the Gaussian over the variance (paper: 0.1, its square 0.01 is printed as
   * temperature).
   */
  readonly sigma: number;
  /** Reward of an invalid proposal (rho, paper: -0.1). */
  readonly invalid: number;
}

/** Who looks at verdicts beside the typed rules (docs/truth.md). Neither is in the paper. */
export interface VerificationConfig {
  /** @experimental No reported run has used it. */
  readonly secondOpinion: SecondOpinionConfig;
  /** @experimental No reported run has used it. */
  readonly judge: JudgeConfig;
}

/**
 * math-verify in separate processes. It verifies a share of the answers again and never changes a
 * reward.
 */
export interface SecondOpinionConfig {
  /** `measure` counts disagreements; `review` also writes them to the run's review.jsonl. */
  readonly mode: "off" | "measure" | "review";
  /** Share of the answers that math-verify can read. The seed picks the answers. */
  readonly share: number;
  readonly workers: number;
  /** Longest time for one pair, in milliseconds. After it, the process is killed. */
  readonly timeoutMs: number;
}

/** A language model behind an OpenAI-compatible endpoint, for answers of type `string`. */
export interface JudgeConfig {
  /**
   * `doubt` only notes the answers on which the judge disagrees. With `rescue`, the judge also
   * changes a verdict of the rules from wrong to correct.
   */
  readonly mode: "off" | "doubt" | "rescue";
  /** For example `http://127.0.0.1:8000/v1`; null only when off. */
  readonly baseUrl: string | null;
  readonly model: string | null;
  /**
   * Name of the environment variable that holds the endpoint's key; null for none. Never the key.
   */
  readonly keyVariable: string | null;
  /** Share of the answers that are sent to the judge with `doubt`. The seed picks the answers. */
  readonly share: number;
  /** Requests in flight at most. */
  readonly concurrency: number;
  /** One request, milliseconds. */
  readonly timeoutMs: number;
  /** `rescue` stops the step when more than this share of its positive rewards is the judge's. */
  readonly maxShare: number;
}

export interface TrainConfig {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  readonly maxGradNorm: number | null;
  readonly loss: PolicyGradientLoss;
  /** Largest number of steps in a row without a gradient; null for no limit. */
  readonly stopWhenIdle: number | null;
  /** Roles that are trained; an ablation trains one (paper, figure 4). */
  readonly roles: readonly ("challenger" | "reasoner")[];
}

/** Where the tasks of the warm start come from, best first. */
export const WARMUP_SOURCES = ["facts", "pairs", "mined"] as const;
export type WarmupSource = (typeof WARMUP_SOURCES)[number];

/**
 * Supervised warm start on documents that self-play does not use. It deviates from the paper and is
 * off in `preset: spice`.
 */
export interface WarmupConfig {
  readonly enabled: boolean;
  /** Sources of the tasks, best first. A document uses the first source that gives it any task. */
  readonly sources: readonly WarmupSource[];
  /** JSONL file with pairs of question and answer; null for none. */
  readonly pairs: string | null;
  readonly steps: number;
  /** Fewer steps when a task would be taught more often than this; null for no limit. */
  readonly maxRepeats: number | null;
  readonly documentsPerStep: number;
  /** Peak; reached after three steps, then lowered linearly to the end of the warm start. */
  readonly learningRate: number;
}

export interface TrainerConfig {
  /** Backend name; only this word changes when the trainer is swapped. */
  readonly kind: string;
  /** `host:port` or `unix:///path` of a trainer that already runs; null starts a sidecar. */
  readonly address: string | null;
  /** Mutual TLS to the trainer at `address`; null for one on this machine. */
  readonly tls: TrainerTls | null;
  /** How often a lost trainer is started again in a row, without a committed step in between. */
  readonly maxRestarts: number;
  /** Engine-specific settings, checked by the trainer against the schema it declares. */
  readonly engine: Readonly<Record<string, unknown>>;
}

/** Where the PEM files of mutual TLS are, relative to the working directory. */
export interface TrainerTls {
  /** Authority of the trainer's certificate. */
  readonly ca: string;
  /** This side's certificate. */
  readonly cert: string;
  /** Its private key, readable by its owner only. */
  readonly key: string;
  /** Name that the trainer's certificate must hold, where that is not the host of the address. */
  readonly serverName?: string | undefined;
}

export interface RunConfig {
  readonly dir: string;
  /**
   * A checkpoint every n steps, beside the one at the end and on interruption; 0 for none in
   * between.
   */
  readonly saveEverySteps: number;
  /** Checkpoints kept, newest first. */
  readonly keepCheckpoints: number;
  /** Recorded batches kept: `all`, or what the kept checkpoints need to get to the last step. */
  readonly keepBatches: "all" | "checkpoint";
  /**
   * Stop (exit 4) when the share of attempts lost to infrastructure errors in a step exceeds this.
   */
  readonly maxInfrastructureShare: number;
  /**
   * How often a sample that the engine lost is sampled again, with the same seed, before it counts
   * as lost.
   */
  readonly sampleRetries: number;
  /** Modules of the user that get the metrics of each step. */
  readonly sinks: readonly OwnModule[];
  /** Longest call of a reward or a check of the user, milliseconds. */
  readonly ownCodeTimeoutMs: number;
  /**
   * Longest load of a module of the user, and longest call of a reader, a source or a sink,
   * milliseconds.
   */
  readonly ownCodeReadTimeoutMs: number;
}
