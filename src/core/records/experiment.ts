import type { PolicyGradientLoss } from "./loss.js";
import type { TaskFormat } from "./task.js";

/**
 * A resolved experiment: plain data, no optional fields, everything the run depends on. `config/schema.ts` produces it;
 * its digest identifies the experiment. Units are in the names; sources of defaults are in `docs/paper-to-code.md`.
 */
export interface Experiment {
  readonly name: string;
  /** Defaults it started from: `spice` is faithful to the paper, `demo` runs on two cores in minutes. */
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
  /** Local folder, hub id, or the alias `smollm2-135m`. */
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
  /** Kinds of document that are played, for example `facts`; empty for all. */
  readonly kinds: readonly string[];
}

/** A format and its relative weight. */
export interface MixEntry {
  readonly format: TaskFormat;
  /** Above 0; weights need not add up to 1. */
  readonly share: number;
}

export interface ChallengerConfig {
  /** Prompt family: `paper` follows appendix E of the paper, `small` is short, for models that cannot follow the long one. */
  readonly prompts: "paper" | "small";
  /** Documents drawn in a step (B). */
  readonly documentsPerStep: number;
  /** Trained proposals of a document (G, paper section 3.1: 8). */
  readonly groupSize: number;
  /** Proposals sampled at most for one document (N, paper: 1024). */
  readonly maxProposals: number;
  /** Proposals asked for at once when N > G; a document stops when a chunk brought a valid one. */
  readonly chunk: number;
  readonly temperature: number;
  readonly topP: number;
  readonly maxTokens: number;
  /**
   * What the questions of a document in one step are about: the whole `document` (paper), or one `passage` of it, drawn by the
   * run's seed, so that questions spread over documents whatever the policy prefers.
   */
  readonly focus: "document" | "passage";
  /** `model`: the model picks the format from the document (paper); `mix`: drawn from `mix`, evenly over a step's documents. */
  readonly format: "model" | "mix";
  readonly mix: readonly [MixEntry, ...MixEntry[]];
}

export interface ReasonerConfig {
  /** Blind attempts on a task (K = G in the paper). */
  readonly groupSize: number;
  /**
   * Attempts after which a task that is not trained on is looked at: when they agree, the rest is not drawn. Null draws all, as
   * the paper does. The reward stays unbiased (docs/efficient-scoring.md).
   *
   * @experimental No reported run has used it.
   */
  readonly earlyStop: number | null;
  readonly temperature: number;
  readonly topP: number;
  readonly maxTokens: number;
}

/** What a check does with what it finds: nothing, note it on the proposal and count it, or refuse the proposal. */
export type Severity = "off" | "count" | "refuse";

/** The gate between a proposal and a task; docs/admission.md has the table of checks. */
export interface AdmissionConfig {
  /** What the document itself must satisfy, looked at once a segment. */
  readonly document: DocumentAdmissionConfig;
  /** Answer or quote must be found in the segment. */
  readonly evidence: Severity;
  /** The question must name the document's subject, when it has one. */
  readonly subject: Severity;
  readonly leak: Severity;
  /** Wrong options must be the same sort of thing as the answer: words, a date, a number with the same unit. */
  readonly optionKinds: Severity;
  /** No wrong option may be as true as the answer by the statement that the answer stands in. */
  readonly optionTruth: Severity;
  /** The answer must not be the one long option. */
  readonly optionLength: Severity;
  /** The answer must not be the one number that breaks, or makes, the pattern of the options. */
  readonly optionPattern: Severity;
  /** The answer must not be the only option that the document holds; useless where distractors come from elsewhere. */
  readonly optionVerbatim: Severity;
  readonly documentReference: Severity;
  /** No "this country", "it" or "the following" that points at nothing in the question. */
  readonly deixis: Severity;
  /** A literal answer must stand in its evidence, or follow from its numbers. */
  readonly derivable: Severity;
  /** What the question asks for (a number, a time, a person) must be what the answer is. */
  readonly answerKind: Severity;
  /** The evidence must be the line of the document that the question asks about, where lines have labels. */
  readonly alignment: Severity;
  /** The document must not hold another value that answers the question as well. */
  readonly ambiguity: Severity;
  /** Text aimed at a model instead of a reader, in the question, the answer or an option. */
  readonly instructions: Severity;
  /** Keys and tokens in the question, the answer or an option. */
  readonly secrets: Severity;
  /** E-mail addresses, telephone, card and account numbers in the question, the answer or an option. */
  readonly personalData: Severity;
  readonly contamination: ContaminationConfig;
  readonly duplicates: Severity;
  /** A document is asked for the same answer once in a run: keeps a Challenger from living on one safe fact. */
  readonly sameFact: Severity;
  /** Reworded repeats; `similarity` is the Jaccard index of what two tasks ask from which on they are one. */
  readonly nearDuplicates: { readonly check: Severity; readonly similarity: number };
  /** How often a document may bring tasks, and an answer be asked for, in a run; 0: without limit. */
  readonly caps: {
    readonly check: Severity;
    readonly stepsPerDocument: number;
    readonly stepsPerAnswer: number;
  };
  /**
   * Proposals of one document that ask the same: `distinct` refuses all but the first, `any` admits them, as the paper does.
   * Repeats across documents and steps are refused either way when a check of repeats is on.
   */
  readonly siblings: "distinct" | "any";
  /** The Reasoner with the document must reach the gold in `required` of `attempts`; 0 attempts switches it off. */
  readonly openBook: AgreementCheck;
  /** Multiple choice: the Reasoner sees the options alone, in a new order each time, and must not pick the gold too often. */
  readonly optionsOnly: GuessCheck;
  /** Free answers: the Reasoner sees the question with its subject masked, and must not reach the gold too often. */
  readonly subjectBlind: GuessCheck;
  /** With the document and the question put in another prompt, the Reasoner must reach the gold again. */
  readonly paraphrase: AgreementCheck;
}

/** What all checks that spend rollouts have. */
interface ModelCheck {
  /** Rollouts on a proposal; 0 switches the check off. */
  readonly attempts: number;
  readonly temperature: number;
  /** `refuse`, or `count`: the proposal goes on, and its record says what was found. */
  readonly severity: "count" | "refuse";
}

/** At least `required` of `attempts` must reach the gold. */
export interface AgreementCheck extends ModelCheck {
  readonly required: number;
}

/** At most `allowed` of `attempts` may reach the gold; null: as many as luck explains (see `core/admission/guessing.ts`). */
export interface GuessCheck extends ModelCheck {
  readonly allowed: number | null;
}

export interface DocumentAdmissionConfig {
  /** The licence must be in `licences`, and the document must not be opted out of training. */
  readonly licence: Severity;
  /** SPDX ids, compared without case, and what sources call the public domain; `any` allows all. */
  readonly licences: readonly string[];
  /** Running text and lists of facts pass; debris of markup, repeated lines and binary data do not. */
  readonly quality: Severity;
  /** Text aimed at a model instead of a reader. */
  readonly instructions: Severity;
  /** Zero-width characters inside words, overridden direction, invisible tags. */
  readonly hiddenText: Severity;
  readonly secrets: Severity;
  readonly personalData: Severity;
}

export interface ContaminationConfig {
  readonly check: Severity;
  /** JSON-lines files of evaluation items that no task may repeat, relative to the working directory. */
  readonly sets: readonly string[];
  /** Texts that mark data which must not be trained on. */
  readonly canaries: readonly string[];
  /** Words in a row that count as shared. */
  readonly ngram: number;
  /** Share of the question's words that must be shared with one item. */
  readonly coverage: number;
}

export interface RewardConfig {
  /**
   * `variance`: the paper's, over the blind attempts. `two_arm`: blind difficulty and what the document adds (SPADE).
   *
   * @experimental `two_arm`: no reported run has used it.
   */
  readonly kind: "variance" | "two_arm";
  /** Width of the Gaussian over the variance (paper: 0.1, its square 0.01 is printed as temperature). */
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

/** math-verify in processes of its own, on a share of what was judged. It never changes a reward. */
export interface SecondOpinionConfig {
  /** `measure` counts disagreements; `review` also writes them to the run's review.jsonl. */
  readonly mode: "off" | "measure" | "review";
  /** Share of the answers it can read, drawn by the seed. */
  readonly share: number;
  readonly workers: number;
  /** Wall time of one pair, milliseconds; its process is killed then. */
  readonly timeoutMs: number;
}

/** A language model behind an OpenAI-compatible endpoint, for answers of type `string`. */
export interface JudgeConfig {
  /** `doubt` only notes where it disagrees; `rescue` also lets it overrule the rules where they say wrong. */
  readonly mode: "off" | "doubt" | "rescue";
  /** For example `http://127.0.0.1:8000/v1`; null only when off. */
  readonly baseUrl: string | null;
  readonly model: string | null;
  /** Name of the environment variable that holds the endpoint's key; null for none. Never the key. */
  readonly keyVariable: string | null;
  /** Share of the answers that `doubt` looks at, drawn by the seed. */
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
  /** Roles that are trained; an ablation trains one (paper, figure 4). */
  readonly roles: readonly ("challenger" | "reasoner")[];
}

/** Supervised warm start on documents that self-play does not use; a deviation from the paper, off in `preset: spice`. */
export interface WarmupConfig {
  readonly enabled: boolean;
  readonly steps: number;
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
  /** A checkpoint every n steps, beside the one at the end and on interruption; 0 for none in between. */
  readonly saveEverySteps: number;
  /** Checkpoints kept, newest first. */
  readonly keepCheckpoints: number;
  /** Recorded batches kept: `all`, or what the kept checkpoints need to get to the last step. */
  readonly keepBatches: "all" | "checkpoint";
  /** Stop (exit 4) when the share of attempts lost to infrastructure errors in a step exceeds this. */
  readonly maxInfrastructureShare: number;
  /** How often a sample that the engine lost is drawn again, with the same seed, before it counts as lost. */
  readonly sampleRetries: number;
}
