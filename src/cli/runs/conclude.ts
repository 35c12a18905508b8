import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { duration } from "../../adapters/console/step-line.js";
import { readRun } from "../../adapters/runs/read-run.js";
import { collectReport, type ReportData } from "../../app/reports/collect.js";
import type { TrainSummary } from "../../app/training/train.js";
import { counted } from "../../core/text/counted.js";
import { renderReport } from "../../web/report/report.js";
import { adviceText, summaryLines } from "../../web/report/summary.js";
import type { Output } from "../terminal/output.js";
import type { RunAttempt } from "./attempt.js";
import { withControl } from "./control-run.js";

/**
 * Write the report of a run into its directory, and say what came of the run.
 *
 * @returns false when no step of the run had a gradient
 */
export async function conclude(
  { store, corpus }: RunAttempt,
  summary: TrainSummary,
  finished: boolean,
  output: Output,
): Promise<boolean> {
  const { directory } = store;
  const { data, report } = await writeReport({ store, corpus });
  output.document("spice.train/1", { ...summary, finished, report, learning: data.learning });
  output.note("");
  output.text(`${finished ? "Finished" : "Stopped"} at step ${summary.steps}, ${duration(summary.seconds)}.`);
  output.text(summaryLines(data.learning).join("\n"));
  const trained = data.facts.trainedSteps > 0;
  const idle = data.facts.steps - data.facts.trainedSteps;
  if (trained && idle > 0)
    output.text(`${idle} of ${counted(data.facts.steps, "step")} had no gradient and trained nothing.`);
  if (!trained) for (const one of data.advice) output.note(adviceText(one));
  output.text(`run     ${directory}\nreport  ${report}`);
  output.next(await nextCommand(summary.runId, directory, { trained, finished }));
  return trained;
}

async function nextCommand(
  id: string,
  directory: string,
  { trained, finished }: { readonly trained: boolean; readonly finished: boolean },
): Promise<string> {
  const pair = finished ? await withControl(directory) : null;
  if (pair !== null) return `spice runs report ${pair.run} --control ${pair.control}`;
  if (!trained) return `spice runs funnel ${id}`;
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
