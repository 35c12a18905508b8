import { openCheck, openReward } from "../../adapters/own-code/open-game.js";
import { type OpenModule, type OwnCodeContext, openModule } from "../../adapters/own-code/open-module.js";
import { type OpenSink, openSink } from "../../adapters/own-code/open-sink.js";
import { EXIT, SpiceError } from "../../app/errors.js";
import type { MetricSink } from "../../app/ports/output.js";
import type { OwnCode } from "../../app/ports/own-code.js";
import { packageEntries } from "../../config/package-entries.js";
import type { Experiment } from "../../core/experiment/experiment.js";
import type { SinkRun } from "../../core/own-code/definitions.js";
import { labelsOf, type OwnCodeRecord } from "../../core/records/own-code.js";
import type { Output } from "../terminal/output.js";

/** The code of the user for a run, loaded. Disposing ends its threads. */
export interface ComposedOwnCode extends AsyncDisposable {
  /** The code that decides results. */
  readonly code: OwnCode;
  /** Sinks that are loaded and not yet open. */
  readonly sinks: readonly OpenModule[];
  /** In the order of the settings. */
  readonly records: readonly OwnCodeRecord[];
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
  /** `provenance.ownCode` of run.json. */
  readonly records: unknown;
}

/**
 * Loads the reward, the checks and the sinks of the user.
 *
 * @param recorded the code that a run was started with, which must be the same; null for a new run
 * @throws SpiceError `OWN_CODE_MISSING`, `OWN_CODE_LOAD`, `OWN_CODE_SHAPE`, `OWN_CODE_OPTIONS`,
 * `OWN_CODE_TIMEOUT`, `OWN_CODE_CHANGED`, `OWN_CODE_OPEN_BOOK` (exit 2)
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
    const checks: OwnCode["checks"][number][] = [];
    for (const [place, check] of admission.own.entries())
      if (check.severity !== "off") checks.push(keep(await openCheck(check, place, context)).part);
    const sinks: OpenModule[] = [];
    for (const [place, sink] of experiment.run.sinks.entries())
      sinks.push(keep(await openModule("sink", `run.sinks.${place}`, sink, context)));
    const records = opened.map(({ record }) => record);
    if (recorded !== null) requireSameCode(recorded.records, records);
    return {
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

/** The experiment for a command that commits no step. */
export function withoutSinks(experiment: Experiment): Experiment {
  return { ...experiment, run: { ...experiment.run, sinks: [] } };
}

/**
 * Loads the reward of a run, to compute its rewards again. Checks are not run again.
 *
 * @throws SpiceError as `composeOwnCode`
 */
export function composeOwnReward(
  experiment: Experiment,
  output: Output,
  recorded: RecordedCode,
): Promise<ComposedOwnCode> {
  const admission = { ...experiment.admission, own: [] };
  return composeOwnCode({ ...withoutSinks(experiment), admission }, output, recorded);
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

/**
 * Refuses a reward or a check that is not the code that a run was started with.
 *
 * @param recorded what `provenance.ownCode` of run.json says
 * @throws SpiceError `OWN_CODE_CHANGED` (exit 2)
 */
function requireSameCode(recorded: unknown, present: readonly OwnCodeRecord[]): void {
  const before = Array.isArray(recorded) ? (recorded as readonly OwnCodeRecord[]) : [];
  for (const { kind, setting, module, sha256, imports } of present) {
    // A sink decides no result, so a corrected sink may go on with a run.
    if (kind === "sink") continue;
    const was = before.find((one) => one.setting === setting);
    const files = [
      { path: module, was: was?.sha256, is: sha256 },
      ...[...new Set([...imports, ...(was?.imports ?? [])].map(({ path }) => path))].map((path) => ({
        path: `${path}, which ${module} imports`,
        was: was?.imports.find((one) => one.path === path)?.sha256,
        is: imports.find((one) => one.path === path)?.sha256,
      })),
    ];
    const changed = files.find((file) => file.was !== file.is);
    if (changed !== undefined) throw codeChanged(setting, changed);
  }
}

function codeChanged(
  setting: string,
  {
    path,
    was,
    is,
  }: { readonly path: string; readonly was: string | undefined; readonly is: string | undefined },
): SpiceError {
  const short = (digest: string | undefined) => digest?.slice(0, 16) ?? "none";
  return new SpiceError(`The file ${path} is not the file that the run was started with.`, {
    code: "OWN_CODE_CHANGED",
    boundary: "own-code",
    where: `${setting}: SHA-256 ${short(is)}, recorded ${short(was)}`,
    hint: "Put the file back as it was (run.json, provenance.ownCode has the digests), or start a new run.",
    exit: EXIT.usage,
  });
}
