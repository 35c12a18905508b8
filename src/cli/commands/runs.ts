import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Command } from "@commander-js/extra-typings";
import { duration } from "../../adapters/console/step-line.js";
import { listRuns } from "../../adapters/runs/list-runs.js";
import { readRun } from "../../adapters/runs/read-run.js";
import { collectReport } from "../../app/reports/collect.js";
import { differingSettings } from "../../config/explain.js";
import { renderReport } from "../../web/report/report.js";
import { summaryLines } from "../../web/report/summary.js";
import { segmentFinder } from "../compose/compose.js";
import { findRun } from "../runs/find.js";
import { command } from "../terminal/options.js";
import { table } from "../terminal/output.js";
import { perform } from "../terminal/perform.js";
import { runsFunnelCommand } from "./runs-funnel.js";

const DEFAULT_ROOT = "./runs";

/** `spice runs`: what was run. */
export const runsCommand = () =>
  new Command("runs")
    .description("list, inspect and report runs")
    .addCommand(list())
    .addCommand(show())
    .addCommand(report())
    .addCommand(runsFunnelCommand());

const list = () =>
  command("list", "runs, newest first", "spice runs list")
    .option("--runs <dir>", "folder of runs", DEFAULT_ROOT)
    .action((options) =>
      perform(options, async ({ output }) => {
        const runs = await listRuns(resolve(options.runs));
        output.document("spice.runs/1", { runs });
        if (runs.length === 0) output.note(`There are no runs in ${options.runs}.`);
        else
          output.text(
            table(
              runs.map((run) => [
                run.id,
                run.state,
                `${run.step}/${run.steps}`,
                run.detail.split("\n", 1)[0] ?? "",
              ]),
              ["run", "state", "step", ""],
            ),
          );
        output.next(runs.length === 0 ? "spice train" : "spice runs show latest");
        return undefined;
      }),
    );

const show = () =>
  command(
    "show",
    "what a run is and what came of it",
    "spice runs show latest\nspice runs show latest --json | jq .learning",
  )
    .argument("[run]", "folder, id, part of an id, or `latest`", "latest")
    .option("--runs <dir>", "folder of runs", DEFAULT_ROOT)
    .action((wanted, options) =>
      perform(options, async ({ output }) => {
        const run = await readRun(await findRun(wanted, options.runs));
        const verification = await run.verify();
        const { facts, learning } = await collectReport(run, null);
        output.document("spice.run-summary/1", {
          directory: run.directory,
          state: run.state,
          info: run.info,
          facts,
          learning,
          verification,
        });
        output.text(
          `${output.out("bold", run.info.id)}  ${run.state}, step ${facts.steps}/${run.config.steps}, ${duration(facts.seconds)} of steps`,
        );
        output.text(summaryLines(learning).join("\n"));
        output.text(
          verification.ok
            ? `audit: ${verification.events} events, intact`
            : `audit: ${verification.problems.join(" ")}`,
        );
        output.next(`spice runs report ${run.info.id}`);
        return verification.ok ? undefined : 5;
      }),
    );

const report = () =>
  command(
    "report",
    "write one self-contained HTML page about a run",
    "spice runs report latest\nspice runs report latest --control lr0 --out report.html",
  )
    .argument("[run]", "folder, id, part of an id, or `latest`", "latest")
    .option("--control <run>", "a run to compare with, for example the same seeds at learning rate 0")
    .option("--out <file>", "where to write (default: report.html in the run directory)")
    .option("--runs <dir>", "folder of runs", DEFAULT_ROOT)
    .action((wanted, options) =>
      perform(options, async ({ output }) => {
        const run = await readRun(await findRun(wanted, options.runs));
        const control =
          options.control === undefined ? null : await readRun(await findRun(options.control, options.runs));
        const against =
          control === null
            ? null
            : { run: control, differences: differingSettings(run.config, control.config) };
        const data = await collectReport(run, against, await segmentFinder(run.config));
        const path = resolve(options.out ?? join(run.directory, "report.html"));
        await writeFile(path, renderReport(data));
        output.document("spice.report/1", { path, facts: data.facts, learning: data.learning });
        output.note(summaryLines(data.learning).join("\n"));
        output.text(path);
        output.next(`open ${path}`);
        return undefined;
      }),
    );
