import { EXIT } from "../../../app/errors.js";
import { counted } from "../../../core/text/counted.js";
import { commandOnRun, nameOfRun } from "../../runs/named-run.js";
import { perform } from "../../terminal/perform.js";

/** `spice runs show`: what a run is, what came of it, and whether its audit log is intact. */
export const showCommand = () =>
  commandOnRun(
    "show",
    "what a run is and what came of it; exit 5 when its audit log does not fit",
    `spice runs show latest
     spice runs show latest --json | jq .learning`,
  ).action((argument, options) =>
    perform(options, async ({ output }) => {
      const { duration } = await import("../../../adapters/console/step-line.js");
      const { collectReport } = await import("../../../app/reports/collect.js");
      const { factLines, summaryLines } = await import("../../../web/report/summary.js");
      const { readNamedRun } = await import("../../runs/read-named-run.js");
      const wanted = nameOfRun(argument, options) ?? "latest";
      const run = await readNamedRun(wanted, options, output);
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
      output.text(factLines(facts).join("\n"));
      output.text(summaryLines(learning).join("\n"));
      output.text(
        verification.ok
          ? `audit: ${counted(verification.events, "event")}, intact`
          : `audit: ${verification.problems.join(" ")}`,
      );
      output.next(`spice ${facts.steps === 0 ? "train --resume" : "runs report"} ${run.info.id}`);
      return verification.ok ? undefined : EXIT.verification;
    }),
  );
