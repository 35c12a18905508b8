import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { duration } from "../../adapters/console/step-line.js";
import { readRun } from "../../adapters/runs/read-run.js";
import type { WorkPeriod } from "../../app/reports/audit-facts.js";
import { collectReport, type ReportData } from "../../app/reports/collect.js";
import type { TrainSummary } from "../../app/training/train.js";
import { counted } from "../../core/text/counted.js";
import { renderReport } from "../../web/report/report.js";
import { adviceText, summaryLines } from "../../web/report/summary.js";
import type { Output } from "../terminal/output.js";
import type { RunAttempt } from "./attempt.js";
import { withControl } from "./control-run.js";

/** One call of `spice train`. */
export interface Session {
  /** Whether the run has all its steps. */
  readonly finished: boolean;
  /** Start of the call. UTC, ISO 8601. */
  readonly beganAt: string;
}

/** Seconds of work on a run, without the starts of the trainer. */
export interface SessionTimes {
  /** In this session, restarts of the trainer included. */
  readonly seconds: number;
  /** In all sessions of the run. */
  readonly totalSeconds: number;
}

/** Sums the times of work. */
export function sessionTimes(periods: readonly WorkPeriod[], beganAt: string): SessionTimes {
  const total = (some: readonly WorkPeriod[]) => some.reduce((sum, { seconds }) => sum + seconds, 0);
  return { seconds: total(periods.filter((one) => one.beganAt >= beganAt)), totalSeconds: total(periods) };
}

/** The times as a part of a sentence; one time for a run of one session. */
export function timesText({ seconds, totalSeconds }: SessionTimes): string {
  return totalSeconds > seconds
    ? `${duration(seconds)} in this session, ${duration(totalSeconds)} in all`
    : duration(seconds);
}

/**
 * Write the report of a run into its directory, and say what came of the run.
 *
 * @returns false when no step of the run had a gradient
 */
export async function conclude(
  { store, corpus }: RunAttempt,
  summary: TrainSummary,
  { finished, beganAt }: Session,
  output: Output,
): Promise<boolean> {
  const { directory } = store;
  const { data, report } = await writeReport({ store, corpus });
  const times = sessionTimes(data.facts.workPeriods, beganAt);
  output.document("spice.train/1", { ...summary, ...times, finished, report, learning: data.learning });
  output.note("");
  output.text(`${finished ? "Finished" : "Stopped"} at step ${summary.steps}, ${timesText(times)}.`);
  output.text(summaryLines(data.learning).join("\n"));
  const trained = data.facts.trainedSteps > 0;
  const idle = data.facts.steps - data.facts.trainedSteps;
  if (trained && idle > 0)
    output.text(`${idle} of ${counted(data.facts.steps, "step")} had no gradient and trained nothing.`);
  if (!trained) for (const one of data.advice) output.note(adviceText(one));
  output.text(`run     ${directory}\nreport  ${report}`);
  output.next(await nextCommand(summary.runId, directory, { trained, finished, steps: summary.steps }));
  return trained;
}

async function nextCommand(
  id: string,
  directory: string,
  { trained, finished, steps }: Readonly<{ trained: boolean; finished: boolean; steps: number }>,
): Promise<string> {
  const pair = finished ? await withControl(directory) : null;
  if (pair !== null) return `spice runs report ${pair.run} --control ${pair.control}`;
  // Before its first step, a run has nothing to show.
  if (!trained && (finished || steps > 0)) return `spice runs funnel ${id}`;
  return finished ? `spice runs tasks ${id} --best` : `spice train --resume ${id}`;
}

/** Writes `report.html` into the directory of a run. */
export async function writeReport({
  store,
  corpus,
}: Pick<RunAttempt, "store" | "corpus">): Promise<{ readonly data: ReportData; readonly report: string }> {
  const data = await collectReport(await readRun(store.directory), null, (id) => corpus.find(id));
  const report = join(store.directory, "report.html");
  await writeFile(report, renderReport(data));
  return { data, report };
}
