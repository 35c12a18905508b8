import { openCheck, openReward } from "../../adapters/own-code/open-game.js";
import { type OpenModule, type OwnCodeContext, openModule } from "../../adapters/own-code/open-module.js";
import { type OpenSink, openSink } from "../../adapters/own-code/open-sink.js";
import type { RunReader } from "../../adapters/runs/read-run.js";
import { EXIT, SpiceError } from "../../app/errors.js";
import type { MetricSink } from "../../app/ports/output.js";
import type { OwnCode } from "../../app/ports/own-code.js";
import { packageEntries } from "../../config/package-entries.js";
import type { Experiment } from "../../core/experiment/experiment.js";
import type { RewardVariant } from "../../core/game/rewards/variant.js";
import type { SinkRun } from "../../core/own-code/definitions.js";
import { labelsOf, type OwnCodeRecord } from "../../core/records/own-code.js";
import type { Task } from "../../core/records/task.js";
import type { Output } from "../terminal/output.js";
import { type ChangedFile, changedFiles, codeChanged } from "./changed-code.js";

/** The code of the user for a run, loaded. Disposing ends its threads. */
export interface ComposedOwnCode extends AsyncDisposable {
  /** The code that decides results. */
  readonly code: OwnCode;
  /** Sinks that are loaded and not yet open. */
  readonly sinks: readonly OpenModule[];
  /** In the order of the settings. */
  readonly records: readonly OwnCodeRecord[];
  /** Files that are not as the run recorded them and that are accepted; empty for a new run. */
  readonly changed: readonly ChangedFile[];
}

/** What all modules of one command share. What they print goes to stderr. */
export function ownCodeContext({ run }: Pick<Experiment, "run">, output: Output): OwnCodeContext {
  return {
    aliases: packageEntries(),
    callTimeoutMs: run.ownCodeTimeoutMs,
    waitTimeoutMs: run.ownCodeReadTimeoutMs,
    print: (module, line) => output.note(`${output.err("dim", `${module}:`)} ${line}`),
  };
}

/** The sinks of the user, open for a run. Disposing closes them, after their last step. */
export interface ComposedSinks extends AsyncDisposable {
  readonly step: MetricSink["step"];
}

/**
 * Opens the sinks of the user. A sink that fails later gives a warning and gets no more steps.
 *
 * @throws SpiceError as `openSink`
 */
export async function composeSinks(
  { sinks }: Pick<ComposedOwnCode, "sinks">,
  run: SinkRun,
  output: Output,
): Promise<ComposedSinks> {
  const open: OpenSink[] = [];
  const dispose = async () => {
    await Promise.all(open.map((sink) => sink[Symbol.asyncDispose]()));
  };
  try {
    for (const sink of sinks)
      open.push(await openSink(sink, run, (error) => output.note(sinkWarning(error, output))));
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    step: (metrics) => {
      for (const sink of open) sink.step(metrics);
    },
    [Symbol.asyncDispose]: dispose,
  };
}

function sinkWarning(error: unknown, output: Output): string {
  const known =
    error instanceof SpiceError ? `${error.code} ${error.message} ${error.where}.` : String(error);
  return `${output.err("yellow", "Warning:")} ${known} The sink gets no more steps; the run goes on.`;
}

/** What a run recorded about its code. */
export interface RecordedCode {
  /** As `RunReader.ownCode`. */
  readonly records: unknown;
  /** Accept a reward and checks that are not as recorded. */
  readonly accept: boolean;
}

/**
 * Loads the reward, the checks and the sinks of the user.
 *
 * @param recorded the code of the run, which must be the same or be accepted; null for a new run
 * @throws SpiceError `OWN_CODE_MISSING`, `OWN_CODE_LOAD`, `OWN_CODE_SHAPE`, `OWN_CODE_OPTIONS`,
 * `OWN_CODE_TIMEOUT`, `OWN_CODE_CHANGED`, `OWN_CODE_OPEN_BOOK` (exit 2); `OWN_CODE_THREW` or
 * `OWN_CODE_RESULT` when the reward has no value for a count of right answers
 */
export async function composeOwnCode(
  experiment: Experiment,
  output: Output,
  recorded: RecordedCode | null = null,
): Promise<ComposedOwnCode> {
  const { reward, admission } = experiment;
  const context = ownCodeContext(experiment, output);
  const opened: OpenModule[] = [];
  const keep = <T extends OpenModule>(module: T): T => {
    opened.push(module);
    return module;
  };
  const dispose = async () => {
    await Promise.all(opened.map(({ worker }) => worker[Symbol.asyncDispose]()));
  };
  try {
    const formula =
      reward.kind === "own" && reward.module !== null
        ? keep(await openReward({ module: reward.module, options: reward.options }, context)).part
        : null;
    if (formula?.readsOpenBook === true && admission.openBook.attempts === 0) throw needsOpenBook();
    if (formula !== null) tryReward(formula, experiment);
    const checks: OwnCode["checks"][number][] = [];
    for (const [place, check] of admission.own.entries())
      if (check.severity !== "off") checks.push(keep(await openCheck(check, place, context)).part);
    const sinks: OpenModule[] = [];
    for (const [place, sink] of experiment.run.sinks.entries())
      sinks.push(keep(await openModule("sink", `run.sinks.${place}`, sink, context)));
    const records = opened.map(({ record }) => record);
    const changed = recorded === null ? [] : changedFiles(recorded.records, records);
    if (changed[0] !== undefined && recorded?.accept !== true) throw codeChanged(changed[0]);
    return {
      changed,
      code: { reward: formula, checks, labels: labelsOf(records) },
      sinks,
      records,
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** The task with which a reward is tried. */
const TRIAL_TASK: Task = {
  id: "trial",
  segmentId: "trial:0",
  question: "What is the capital of France?",
  answer: "Paris",
  answerType: "string",
  options: [],
  shuffled: [],
  quotes: [],
  evidence: { start: 0, end: 5 },
};

/**
 * Calls the reward for every count of right answers. A reward without a value for one of them would
 * otherwise end the run in its first step, after the warm start.
 *
 * @throws SpiceError as a call of the reward does, for example `OWN_CODE_RESULT`
 */
function tryReward(formula: RewardVariant, { reward, reasoner, admission }: Experiment): void {
  const graded = admission.openBook.attempts;
  for (let correct = 0; correct <= reasoner.groupSize; correct += 1) {
    const blind = { correct, graded: reasoner.groupSize };
    formula.reward({ blind, open: { correct: Math.min(correct, graded), graded }, task: TRIAL_TASK }, reward);
  }
}

/** The experiment for a command that commits no step. */
export function withoutSinks(experiment: Experiment): Experiment {
  return { ...experiment, run: { ...experiment.run, sinks: [] } };
}

/** The reward of a run, and the steps that it is the reward of. */
export interface ComposedReward extends AsyncDisposable {
  /** Null unless `reward.kind` is `own`. */
  readonly reward: OwnCode["reward"];
  /** True when a committed step was played with this reward. */
  isOf(step: number): boolean;
}

/**
 * Loads the reward of a run, to compute its rewards again. Checks are not run again.
 *
 * @param only the step to compute; null for all steps that were played with the present file
 * @throws SpiceError as `composeOwnCode`; `OWN_CODE_CHANGED` when no step can be computed
 */
export async function composeOwnReward(
  experiment: Experiment,
  output: Output,
  run: Pick<RunReader, "steps" | "ownCode" | "ownCodeOf">,
  only: number | null,
): Promise<ComposedReward> {
  const admission = { ...experiment.admission, own: [] };
  const own = await composeOwnCode({ ...withoutSinks(experiment), admission }, output);
  const changed = (step: number) => changedFiles(run.ownCodeOf(step), own.records);
  const wanted = run.steps.map(({ step }) => step).filter((step) => only === null || step === only);
  const isOf = (step: number) => changed(step).length === 0;
  const [first] = wanted.some(isOf)
    ? []
    : changedFiles(only === null ? run.ownCode : run.ownCodeOf(only), own.records);
  if (first !== undefined) {
    await own[Symbol.asyncDispose]();
    throw codeChanged(first);
  }
  return { reward: own.code.reward, isOf, [Symbol.asyncDispose]: () => own[Symbol.asyncDispose]() };
}

function needsOpenBook(): SpiceError {
  return new SpiceError("The reward reads attempts with the document, and there are none.", {
    code: "OWN_CODE_OPEN_BOOK",
    boundary: "own-code",
    where: "admission.openBook.attempts",
    hint: "Set admission.openBook.attempts above 0, or remove `readsOpenBook` from the reward.",
    exit: EXIT.usage,
  });
}
