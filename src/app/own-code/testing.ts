import type { OwnCheckInput } from "../../core/admission/own-checks.js";
import type { ArmCount } from "../../core/game/arms.js";
import type {
  OwnCheck,
  OwnDocument,
  OwnFileInput,
  OwnReader,
  OwnReward,
  OwnSink,
  OwnSkip,
  OwnSource,
  RewardInput,
  SinkRun,
} from "../../core/own-code/definitions.js";
import {
  codesOf,
  readCheckResult,
  readDocument,
  readDocuments,
  readReward,
} from "../../core/own-code/results.js";
import type { AnswerType } from "../../core/records/answer.js";
import type { StepMetrics } from "../../core/records/metrics.js";

/** Counts for a test: `[correct, graded]`. */
type Count = readonly [correct: number, graded: number];

/** One case of a reward. */
export interface RewardCase {
  /** Attempts without the document. */
  readonly blind: Count;
  /** Attempts with the document. Default: none. */
  readonly open?: Count;
  /** Parts of the task that the reward reads. */
  readonly task?: Partial<RewardInput["task"]>;
  /** The expected reward. Default: any finite number. */
  readonly reward?: number;
}

/** One example of a check. Only the question and the answer are needed. */
export interface CheckExample {
  readonly question: string;
  readonly answer: string;
  /** Default: `string`. */
  readonly answerType?: AnswerType;
  /** Options of multiple choice. Default: none. */
  readonly options?: readonly string[];
  /** Passages that the Challenger copied. Default: none. */
  readonly quotes?: readonly string[];
  /** The text that the Challenger read. Default: the answer. */
  readonly text?: string;
  readonly passage?: string;
  readonly document?: Partial<OwnCheckInput["document"]>;
}

/** Difference of rewards that counts as none: the rounding of sums. */
const TOLERANCE = 1e-9;

/**
 * Runs a reward on cases, twice each, and compares the results.
 *
 * @param options as in the configuration; the schema of the module checks them
 * @throws Error with one line for each case that fails
 * @example
 * testReward(halfRight, [{ blind: [4, 8], reward: 1 }, { blind: [0, 8], reward: 0 }]);
 */
export function testReward<Options>(
  own: OwnReward<Options>,
  cases: readonly RewardCase[],
  options: unknown = {},
): void {
  const checked = optionsOf(own, options);
  requireSome(cases.length, "cases");
  report(
    cases.map(({ blind, open = [0, 0], task = {}, reward: expected }, index) => {
      const input: RewardInput = { blind: count(blind), open: count(open), task: { ...NO_TASK, ...task } };
      return attempt(`case ${index}, ${blind[0]} of ${blind[1]}`, () => {
        const first = readReward(own.reward(input, checked));
        if (readReward(own.reward(input, checked)) !== first) return "the same input gave two rewards";
        if (expected === undefined || Math.abs(first - expected) <= TOLERANCE) return null;
        return `reward ${first}, expected ${expected}`;
      });
    }),
  );
}

/**
 * Runs a check on examples that it must let pass, and on examples that it must refuse.
 *
 * @param options as in the configuration
 * @throws Error with one line for each example with another outcome
 * @example
 * testCheck(noYears, {
 *   passes: [{ question: "Who dredged the harbor?", answer: "Corin Ekman" }],
 *   refuses: [{ question: "In which year was it built?", answer: "1874" }],
 * });
 */
export function testCheck<Options>(
  own: OwnCheck<Options>,
  examples: {
    readonly passes?: readonly CheckExample[];
    /** `code`: the expected reason code. Default: any. */
    readonly refuses?: readonly (CheckExample & { readonly code?: string })[];
  },
  options: unknown = {},
): void {
  const checked = optionsOf(own, options);
  const codes = codesOf(own);
  const { passes = [], refuses = [] } = examples;
  requireSome(passes.length + refuses.length, "examples");
  const outcome = (example: CheckExample) =>
    readCheckResult(own.check(checkInput(example), checked), own.name, codes);
  report([
    ...passes.map((example) =>
      attempt(`"${example.question}"`, () => {
        const result = outcome(example);
        return result.ok ? null : `refused with ${result.code} (${result.detail}), expected to pass`;
      }),
    ),
    ...refuses.map((example) =>
      attempt(`"${example.question}"`, () => {
        const result = outcome(example);
        if (result.ok) return "passed, expected to be refused";
        const { code } = example;
        return code === undefined || code === result.code ? null : `code ${result.code}, expected ${code}`;
      }),
    ),
  ]);
}

/**
 * Runs a reader on one file.
 *
 * @param file path and content; a text is given to readers of bytes in UTF-8
 * @returns the documents and the parts that are left out, for your own assertions
 * @throws Error when the reader gives something else
 */
export function testReader<Options>(
  own: OwnReader<Options>,
  file: { readonly path: string; readonly content: string | Uint8Array },
  options: unknown = {},
): readonly (OwnDocument | OwnSkip)[] {
  const { path, content } = file;
  const input: OwnFileInput =
    own.input === "bytes"
      ? { path, text: "", bytes: typeof content === "string" ? new TextEncoder().encode(content) : content }
      : {
          path,
          text: typeof content === "string" ? content : new TextDecoder().decode(content),
          bytes: NO_BYTES,
        };
  return readDocuments(own.parse(input, optionsOf(own, options)));
}

/**
 * Reads a source.
 *
 * @param most documents after which the reading stops. Default: 100
 * @returns the documents and the parts that are left out
 * @throws Error when the source gives something else, a document without an `id`, or an `id` twice
 */
export async function testSource<Options>(
  own: OwnSource<Options>,
  options: unknown = {},
  most = 100,
): Promise<readonly (OwnDocument | OwnSkip)[]> {
  const found: (OwnDocument | OwnSkip)[] = [];
  const ids = new Set<string>();
  const stop = new AbortController();
  for await (const one of own.read(optionsOf(own, options), stop.signal)) {
    const document = readDocument(one);
    if (!("skip" in document)) {
      if (document.id === undefined) throw new Error(`Document ${found.length} has no \`id\`.`);
      if (ids.has(document.id)) throw new Error(`The id ${document.id} comes twice.`);
      ids.add(document.id);
    }
    found.push(document);
    if (found.length >= most) break;
  }
  stop.abort();
  return found;
}

/**
 * Opens a sink, gives it steps and closes it.
 *
 * @param steps metrics of each step. Default: three steps with some metrics
 * @param run the run that the sink sees. Default: a run without a directory
 */
export async function testSink<Options>(
  own: OwnSink<Options>,
  options: unknown = {},
  steps: readonly StepMetrics[] = [1, 2, 3].map((step) => ({
    step,
    tasks: step,
    challenger_reward_mean: 0.5,
  })),
  run: Partial<SinkRun> = {},
): Promise<void> {
  const whole: SinkRun = { id: "test", name: "test", directory: "", committed: 0, ...run };
  const session = await own.open(whole, optionsOf(own, options));
  for (const metrics of steps) await session.step(metrics);
  await session.close?.();
}

const NO_BYTES = new Uint8Array();
const NO_TASK: RewardInput["task"] = {
  question: "",
  answer: "",
  answerType: "string",
  options: [],
  quotes: [],
  evidence: { start: 0, end: 0 },
  segmentId: "test:0-0",
};

const count = ([correct, graded]: Count): ArmCount => ({ correct, graded });

function checkInput(example: CheckExample): OwnCheckInput {
  const { question, answer, answerType = "string", options = [], quotes = [] } = example;
  const { text = answer, passage = null, document = {} } = example;
  const start = text.indexOf(answer);
  return {
    candidate: { question, answer, answerType, options, quotes },
    text,
    passage,
    evidence: start < 0 ? null : { start, end: start + answer.length },
    document: {
      id: "test",
      title: "",
      subject: "",
      kind: "prose",
      language: "en",
      license: "unknown",
      sourceUri: "test",
      ...document,
    },
  };
}

function optionsOf<Options>(
  { options }: { readonly options?: { parse(value: unknown): Options } },
  given: unknown,
): Options {
  return options === undefined ? (given as Options) : options.parse(given);
}

/** The line for a case that failed; null for a case that did not. */
function attempt(name: string, run: () => string | null): string | null {
  try {
    const problem = run();
    return problem === null ? null : `${name}: ${problem}`;
  } catch (error) {
    return `${name}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function report(outcomes: readonly (string | null)[]): void {
  const failed = outcomes.filter((one) => one !== null);
  if (failed.length > 0)
    throw new Error(`${failed.length} of ${outcomes.length} failed:\n${failed.join("\n")}`);
}

function requireSome(number: number, what: string): void {
  if (number === 0) throw new Error(`There are no ${what}: a test that tests nothing must not pass.`);
}
