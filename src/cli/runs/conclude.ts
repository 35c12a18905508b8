import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { duration } from "../../adapters/console/step-line.js";
import { readRun } from "../../adapters/runs/read-run.js";
import { collectReport } from "../../app/reports/collect.js";
import type { TrainSummary } from "../../app/training/train.js";
import { renderReport } from "../../web/report/report.js";
import { summaryLines } from "../../web/report/summary.js";
import type { Output } from "../terminal/output.js";
import type { RunAttempt } from "./attempt.js";

/** Write the report of a run into its directory, and say what came of the run. */
export async function conclude(
  { store, corpus }: RunAttempt,
  summary: TrainSummary,
  finished: boolean,
  output: Output,
): Promise<void> {
  const { directory } = store;
  const data = await collectReport(await readRun(directory), null, (id) => corpus.find(id));
  const report = join(directory, "report.html");
  await writeFile(report, renderReport(data));
  output.document("spice.train/1", { ...summary, finished, report, learning: data.learning });
  output.note("");
  output.text(`${finished ? "Finished" : "Stopped"} at step ${summary.steps}, ${duration(summary.seconds)}.`);
  output.text(summaryLines(data.learning).join("\n"));
  output.text(`run     ${directory}\nreport  ${report}`);
  output.next(
    finished ? `spice runs report ${summary.runId} --control <run>` : `spice train --resume ${summary.runId}`,
  );
}
