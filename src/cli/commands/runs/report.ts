import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { errorCode } from "../../../adapters/files/errors.js";
import { EXIT, SpiceError } from "../../../app/errors.js";
import { commandOnRun, nameOfRun, RUN_NAME } from "../../runs/named-run.js";
import { perform } from "../../terminal/perform.js";

/** `spice runs report`: one HTML page about a run, alone or beside a control run. */
export const reportCommand = () =>
  commandOnRun(
    "report",
    "write one self-contained HTML page about a run",
    `spice runs report latest
     spice runs report latest --control lr0 --out report.html`,
  )
    .option("--control <run>", `a run to compare with, for example with learning rate 0: ${RUN_NAME}`)
    .option("--out <file>", "where to write (default: report.html in the run directory)")
    .option("--force", "with --out: replace a file that is no report")
    .action((argument, options) =>
      perform(options, async ({ output }) => {
        const { collectReport } = await import("../../../app/reports/collect.js");
        const { differingSettings } = await import("../../../config/explain.js");
        const { MADE_BY, renderReport } = await import("../../../web/report/report.js");
        const { summaryLines } = await import("../../../web/report/summary.js");
        const { segmentFinder } = await import("../../compose/corpus.js");
        const { readNamedRun } = await import("../../runs/read-named-run.js");
        if (options.out !== undefined && options.force !== true)
          await requireReport(resolve(options.out), MADE_BY);
        const wanted = nameOfRun(argument, options) ?? "latest";
        const run = await readNamedRun(wanted, options, output);
        const control =
          options.control === undefined ? null : await readNamedRun(options.control, options, output);
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

/** A report replaces an older report, but no other file. */
async function requireReport(path: string, marker: string): Promise<void> {
  // A file that cannot be read is not known to be a report.
  const text = await readFile(path, "utf8").catch((error: unknown) =>
    errorCode(error) === "ENOENT" ? null : "",
  );
  if (text === null || text.includes(marker)) return;
  throw new SpiceError("The file exists already and is no report.", {
    code: "FILE_EXISTS",
    boundary: "cli",
    where: path,
    hint: "Name another file, or replace this file with --force.",
    exit: EXIT.usage,
  });
}
