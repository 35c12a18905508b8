import type { OwnCheckInput } from "../admission/own-checks.js";
import type { ArmCount } from "../game/arms.js";
import type { Fact } from "../records/document.js";
import type { StepMetrics } from "../records/metrics.js";
import type { OwnKind } from "../records/own-code.js";
import type { Task } from "../records/task.js";

/** Checks the options of the configuration. A schema of zod is one. */
export interface OptionsSchema<Options> {
  /** Returns the options with their defaults, or throws. */
  parse(value: unknown): Options;
}

/** What every module declares. */
export interface OwnModuleBase<Options> {
  /** Small letters, digits, `-` and `_`; at most 40. It is recorded with each run. */
  readonly name: string;
  /** Any text. Raise it with each change of the results; it is recorded with each run. */
  readonly version: string;
  /** Checks the options. Default: the options are passed as the configuration has them. */
  readonly options?: OptionsSchema<Options>;
}

/** What a reward gets: counts of attempts on one admitted task, and the task. */
export interface RewardInput {
  /** Attempts without the document. At least one is graded. */
  readonly blind: ArmCount;
  /** Attempts with the document. Without `readsOpenBook` there may be none. */
  readonly open: ArmCount;
  readonly task: Pick<
    Task,
    "question" | "answer" | "answerType" | "options" | "quotes" | "evidence" | "segmentId"
  >;
}

/** A reward of the user. */
export interface OwnReward<Options> extends OwnModuleBase<Options> {
  /**
   * True when the reward needs graded attempts with the document. A task without them has none.
   * Default: false.
   */
  readonly readsOpenBook?: boolean;
  /**
   * Reward of one admitted task: a finite number. Pure: the same input gives the same number. With
   * `reasoner.earlyStop` it is also called for counts that were not sampled.
   */
  reward(input: RewardInput, options: Options): number;
}

/**
 * Outcome of a check of the user. Null: nothing to object to. A text: a sentence for people; its
 * code is `own_` and the name, with `_` for each `-`. An object: a declared code and the sentence.
 */
export type OwnCheckResult = null | string | { readonly code: string; readonly detail: string };

/** A check of the user. It runs after the pure checks of this package. */
export interface OwnCheck<Options> extends OwnModuleBase<Options> {
  /** What a refusal means, in a few words, for reports. Default: `refused by the check <name>`. */
  readonly label?: string;
  /**
   * More reason codes, each with its label in reports. A code begins with `own_`. No code of this
   * package does.
   */
  readonly codes?: Readonly<Record<string, string>>;
  /** Pure: the same input gives the same result. */
  check(input: OwnCheckInput, options: Options): OwnCheckResult;
}

/** A document as a reader or a source of the user gives it. */
export interface OwnDocument {
  readonly text: string;
  /** Default: the name of the file; for a source, the id. */
  readonly title?: string;
  /** Name of the text in its file or source, unique there. */
  readonly id?: string;
  /** Address where the text was published. */
  readonly url?: string;
  /** License; default: `--license`, else `unknown`. */
  readonly license?: string;
  /** Language tag; default: `--language`, else detected. */
  readonly language?: string;
  /** Kind of document; default: `facts` for a text with facts, else `prose`. */
  readonly kind?: string;
  /** What the text is about. A self-contained question must name it. */
  readonly subject?: string;
  /** Answers that are known to be right. The model never sees them. */
  readonly facts?: readonly Fact[];
  /**
   * Texts with the same key are in the same split. Default: the file; of a source, the document.
   */
  readonly splitKey?: string;
  /** True: the owner does not allow training. */
  readonly optOut?: boolean;
}

/** A part that gives no document, with a sentence for people. It is listed as left out. */
export interface OwnSkip {
  readonly skip: string;
  /** Name of the part in its file or source. */
  readonly id?: string;
}

/** A file for a reader. */
export interface OwnFileInput {
  /** Path, as the command line or the folder gives it. */
  readonly path: string;
  /** The whole file as text with line feeds. Empty with `input: "bytes"`. */
  readonly text: string;
  /** The whole file, unpacked. Empty with `input: "text"`. */
  readonly bytes: Uint8Array;
}

/** A reader of the user, for files with some endings. */
export interface OwnReader<Options> extends OwnModuleBase<Options> {
  /** Endings of file names, for example `.log`. The configuration can replace them. */
  readonly endings: readonly string[];
  /** `text`: UTF-8 is decoded and checked. `bytes`: the bytes are passed. Default: `text`. */
  readonly input?: "text" | "bytes";
  /** True when each document of a file is independent of the others. Default: false. */
  readonly collection?: boolean;
  /** Documents of one file, in order. Pure. */
  parse(file: OwnFileInput, options: Options): readonly (OwnDocument | OwnSkip)[];
}

/** A source of the user: a database, an interface on the network, a generator. */
export interface OwnSource<Options> extends OwnModuleBase<Options> {
  /**
   * All documents, always in the same order. Each document has an `id`. It may wait, read files and
   * use the network. The signal is aborted when the command is stopped.
   */
  read(options: Options, signal: AbortSignal): AsyncIterable<OwnDocument | OwnSkip>;
}

/** The run that a sink receives metrics of. */
export interface SinkRun {
  readonly id: string;
  readonly name: string;
  /** Directory of the run, absolute. */
  readonly directory: string;
  /** Committed steps at the start; above 0 after a resume. */
  readonly committed: number;
}

/** An open sink. */
export interface SinkSession {
  /** Called once for each committed step, in order. The next step waits for the promise. */
  step(metrics: StepMetrics): void | Promise<void>;
  /** Called at the end. */
  close?(): void | Promise<void>;
}

/**
 * A sink of the user: metrics to a file, a database or a service. A sink that fails is reported and
 * switched off; the run goes on.
 */
export interface OwnSink<Options> extends OwnModuleBase<Options> {
  open(run: SinkRun, options: Options): SinkSession | Promise<SinkSession>;
}

/** A module with the mark of its kind. */
export type Defined<Kind extends OwnKind, Module> = Module & { readonly spice: Kind };

/** Options of a module without a schema. */
type AnyOptions = Readonly<Record<string, unknown>>;

/**
 * Declares a reward. The module exports the result by default; `reward: { kind: "own", module }`
 * names the module.
 *
 * @example
 * export default defineReward({
 *   name: "half-right",
 *   version: "1",
 *   reward: ({ blind }) => 1 - Math.abs(blind.correct / blind.graded - 0.5) * 2,
 * });
 */
export function defineReward<Options = AnyOptions>(
  reward: OwnReward<Options>,
): Defined<"reward", OwnReward<Options>> {
  return { ...reward, spice: "reward" };
}

/**
 * Declares a check. The module exports the result by default; `admission.own` names the module.
 *
 * @example
 * export default defineCheck({
 *   name: "short-question",
 *   version: "1",
 *   check: ({ candidate }) => candidate.question.length < 20 ? "The question is short." : null,
 * });
 */
export function defineCheck<Options = AnyOptions>(
  check: OwnCheck<Options>,
): Defined<"check", OwnCheck<Options>> {
  return { ...check, spice: "check" };
}

/**
 * Declares a reader. The module exports the result by default; `corpus.readers` names the module.
 *
 * @example
 * export default defineReader({
 *   name: "log",
 *   version: "1",
 *   endings: [".log"],
 *   parse: ({ text }) => text.split("\n\n").map((part, index) => ({ text: part, id: `${index}` })),
 * });
 */
export function defineReader<Options = AnyOptions>(
  reader: OwnReader<Options>,
): Defined<"reader", OwnReader<Options>> {
  return { ...reader, spice: "reader" };
}

/**
 * Declares a source. The module exports the result by default. `spice corpus add own:<module>`
 * reads it.
 *
 * @example
 * export default defineSource({
 *   name: "two-towns",
 *   version: "1",
 *   async *read() {
 *     yield { id: "velmora", text: "The harbor of Velmora was dredged in 1874." };
 *   },
 * });
 */
export function defineSource<Options = AnyOptions>(
  source: OwnSource<Options>,
): Defined<"source", OwnSource<Options>> {
  return { ...source, spice: "source" };
}

/**
 * Declares a sink. The module exports the result by default; `run.sinks` names the module.
 *
 * @example
 * export default defineSink({
 *   name: "print",
 *   version: "1",
 *   open: () => ({ step: ({ step }) => console.log(`step ${step}`) }),
 * });
 */
export function defineSink<Options = AnyOptions>(sink: OwnSink<Options>): Defined<"sink", OwnSink<Options>> {
  return { ...sink, spice: "sink" };
}

/** Any module of the user, with options of any type. */
export type OwnDefinition =
  | Defined<"reward", OwnReward<never>>
  | Defined<"check", OwnCheck<never>>
  | Defined<"reader", OwnReader<never>>
  | Defined<"source", OwnSource<never>>
  | Defined<"sink", OwnSink<never>>;
