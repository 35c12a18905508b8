import { EXIT } from "../../../app/errors.js";
import { counted } from "../../../core/text/counted.js";
import { commandOnRun, nameOfRun } from "../../runs/named-run.js";
import { wholeNumber } from "../../terminal/arguments.js";
import { perform } from "../../terminal/perform.js";

/** `spice runs replay`: do the recorded verdicts give the recorded rewards and advantages? */
export const replayCommand = () =>
  commandOnRun(
    "replay",
    "recompute rewards and advantages from a run's records; exit 5 on any difference",
    `spice runs replay latest
     spice runs replay latest --step 7`,
  )
    .option("--step <n>", "this step only", wholeNumber)
    .action((argument, options) =>
      perform(options, async ({ output }) => {
        const { replayRun } = await import("../../../app/runs/replay.js");
        const { composeOwnReward } = await import("../../compose/own-code.js");
        const { experimentOf, recordedCode } = await import("../../runs/attempt.js");
        const { differenceLines } = await import("../../runs/difference-lines.js");
        const { readNamedRun } = await import("../../runs/read-named-run.js");
        const { requireStep } = await import("../../runs/require-step.js");
        const wanted = nameOfRun(argument, options) ?? "latest";
        const run = await readNamedRun(wanted, options, output);
        requireStep(run, options.step);
        const verification = await run.verify();
        await using own = await composeOwnReward(experimentOf(run), output, recordedCode(run));
        const { reward } = own.code;
        const replayed = await replayRun(run.config, run.episodes(), options.step ?? null, reward);
        const { episodes, proposals, differences } = replayed;
        const ok = verification.ok && differences.length === 0;
        output.document("spice.replay/1", { run: run.info.id, ok, ...replayed, verification });
        for (const problem of verification.problems) output.text(problem);
        for (const line of differenceLines(differences)) output.text(line);
        output.text(
          ok
            ? `Same: ${counted(proposals, "proposal")} of ${counted(episodes, "episode")} give the rewards and advantages that were stored; the audit log is intact.`
            : `Different: ${counted(differences.length, "value")} in ${counted(episodes, "episode")}, ${counted(verification.problems.length, "problem")} of the audit log.`,
        );
        output.next(ok ? `spice runs report ${run.info.id}` : `spice runs show ${run.info.id}`);
        return ok ? undefined : EXIT.verification;
      }),
    );
