import type { RunReader } from "../../../adapters/runs/read-run.js";
import { EXIT } from "../../../app/errors.js";
import type { Episode } from "../../../core/records/episode.js";
import { counted } from "../../../core/text/counted.js";
import type { ComposedReward } from "../../compose/own-code.js";
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
        const { experimentOf } = await import("../../runs/attempt.js");
        const { differenceLines } = await import("../../runs/difference-lines.js");
        const { readNamedRun } = await import("../../runs/read-named-run.js");
        const { requireStep } = await import("../../runs/require-step.js");
        const wanted = nameOfRun(argument, options) ?? "latest";
        const run = await readNamedRun(wanted, options, output);
        requireStep(run, options.step);
        const verification = await run.verify();
        const only = options.step ?? null;
        await using own = await composeOwnReward(experimentOf(run), output, run, only);
        const replayed = await replayRun(run.config, episodesOf(run, own), only, own.reward);
        const others = run.steps.map(({ step }) => step).filter((step) => !own.isOf(step));
        const notCompared = only === null ? others : [];
        const { episodes, proposals, differences } = replayed;
        const ok = verification.ok && differences.length === 0;
        output.document("spice.replay/1", { run: run.info.id, ok, ...replayed, notCompared, verification });
        for (const problem of verification.problems) output.text(problem);
        for (const line of differenceLines(differences)) output.text(line);
        output.text(
          ok
            ? `Same: ${counted(proposals, "proposal")} of ${counted(episodes, "episode")} give the rewards and advantages that were stored; the audit log is intact.`
            : `Different: ${counted(differences.length, "value")} in ${counted(episodes, "episode")}, ${counted(verification.problems.length, "problem")} of the audit log.`,
        );
        if (notCompared.length > 0)
          output.text(
            `Not compared: ${notCompared.length === 1 ? "step" : "steps"} ${ranges(notCompared)}, played with another file of the reward. Put that file back to compare them.`,
          );
        output.next(ok ? `spice runs report ${run.info.id}` : `spice runs show ${run.info.id}`);
        return ok ? undefined : EXIT.verification;
      }),
    );

/** The episodes of the steps that were played with this reward. */
async function* episodesOf(run: RunReader, own: ComposedReward): AsyncGenerator<Episode> {
  for await (const episode of run.episodes()) if (own.isOf(episode.step)) yield episode;
}

/** Steps in a few words: `1 to 3, 7`. */
function ranges(steps: readonly number[]): string {
  const parts: { first: number; last: number }[] = [];
  for (const step of steps) {
    const part = parts.at(-1);
    if (part?.last === step - 1) part.last = step;
    else parts.push({ first: step, last: step });
  }
  return parts.map(({ first, last }) => (first === last ? `${first}` : `${first} to ${last}`)).join(", ");
}
